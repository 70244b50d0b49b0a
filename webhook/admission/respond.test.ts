import { describe, expect, test } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { answerOf, decisionOfError } from './respond.ts';

const request = { uid: 'review-1' };
const refusal = {
  kind: 'refuse',
  summary: '2 of 9 checks failed',
  problems: [
    { code: 'TokenExpired', field: 'token', message: 'the token expired', mend: 'run it again' },
    { code: 'NotOwner', field: 'requester', message: '"bob" owns nothing' },
  ],
} as const;

test('an answer is of the review that was asked', () => {
  expect(answerOf(request, { kind: 'allow' })).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'review-1', allowed: true, warnings: [], auditAnnotations: {} },
  });
});

test('what is allowed carries warnings and what an auditor reads', () => {
  const decision = { kind: 'allow', warnings: ['careful'], audit: { requester: 'alice' } } as const;
  expect(answerOf(request, decision).response).toMatchObject({
    warnings: ['careful'],
    auditAnnotations: { requester: 'alice' },
  });
});

describe('a change', () => {
  test('is a JSON patch in base64', () => {
    const patch = [{ op: 'add', path: '/spec/requester', value: { username: 'alicé' } }] as const;
    const { response } = answerOf(request, { kind: 'mutate', patch });
    expect(response).toEqual({ uid: 'review-1', allowed: true, patchType: 'JSONPatch', patch: expect.any(String) });
    expect(JSON.parse(Buffer.from(String(response['patch']), 'base64').toString('utf8'))).toEqual(patch);
  });

  test('of nothing is no patch: an API server takes an empty one for an error', () => {
    expect(answerOf(request, { kind: 'mutate', patch: [] }).response).toEqual({ uid: 'review-1', allowed: true });
  });
});

describe('a refusal', () => {
  test('tells all failures to people and programs', () => {
    expect(answerOf(request, refusal).response).toEqual({
      uid: 'review-1',
      allowed: false,
      auditAnnotations: { codes: 'TokenExpired,NotOwner' },
      status: {
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message:
          '2 of 9 checks failed\n  TokenExpired: the token expired — run it again\n  NotOwner: "bob" owns nothing',
        details: {
          causes: [
            { reason: 'TokenExpired', field: 'token', message: 'the token expired — run it again' },
            { reason: 'NotOwner', field: 'requester', message: '"bob" owns nothing' },
          ],
        },
      },
    });
  });

  test('for one reason is that reason', () => {
    const { response } = answerOf(request, { ...refusal, problems: [refusal.problems[0]] });
    expect(response['status']).toMatchObject({ message: 'TokenExpired: the token expired — run it again' });
  });

  test('without any reason is one all the same', () => {
    expect(answerOf(request, { ...refusal, problems: [] }).response).toMatchObject({ allowed: false });
  });
});

describe('an error is a refusal', () => {
  test('with its own code', () => {
    const error = new RecoverError({ code: 'TokenUsed', message: 'it has been used', mend: 'recover again' });
    expect(decisionOfError(error)).toEqual({
      kind: 'refuse',
      summary: 'it has been used',
      problems: [expect.objectContaining({ code: 'TokenUsed', field: 'request', mend: 'recover again' })],
    });
    expect(answerOf(request, decisionOfError(error)).response).toMatchObject({
      allowed: false,
      status: { details: { causes: [{ reason: 'TokenUsed', message: 'it has been used — recover again' }] } },
    });
  });

  test.each([
    new TypeError('secret'),
    'secret',
    undefined,
    { code: 'TokenUsed', message: 'secret' },
  ])('without saying what went wrong inside', error => {
    const { response } = answerOf(request, decisionOfError(error));
    expect(response).toMatchObject({ allowed: false, auditAnnotations: { codes: 'InternalError' } });
    expect(JSON.stringify(response)).not.toContain('secret');
  });
});
