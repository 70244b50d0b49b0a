import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { parseReview } from './review.ts';

/** A review as an API server of 1.33 sends it. */
const review = () => ({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  request: {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: 'kubectl-recover.io', version: 'v1alpha1', kind: 'Recovery' },
    resource: { group: 'kubectl-recover.io', version: 'v1alpha1', resource: 'recoveries' },
    requestKind: { group: 'kubectl-recover.io', version: 'v1alpha1', kind: 'Recovery' },
    name: '0123456789abcdef0123456789abcdef',
    namespace: 'kubectl-recover-requests',
    operation: 'CREATE',
    userInfo: { username: 'alice', uid: '', groups: ['system:authenticated'], extra: { scopes: ['a'] } },
    object: { metadata: {}, spec: {} },
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  },
});

test('a review is read as it is', () => {
  expect(parseReview(review())).toEqual(review());
});

test('a review of an update has both objects', () => {
  const sent = review();
  const update = { ...sent, request: { ...sent.request, operation: 'UPDATE', oldObject: { spec: 1 } } };
  expect(parseReview(update).request.oldObject).toEqual({ spec: 1 });
});

describe('what is not a review of ours is refused', () => {
  const { request, ...outer } = review();
  const without = (field: string) => Object.fromEntries(Object.entries(request).filter(([name]) => name !== field));
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'review'],
    ['a list', [review()]],
    ['no request', outer],
    ['a request that is null', { ...outer, request: null }],
    ['an answer', { ...outer, response: { uid: '1', allowed: true } }],
    ['another kind', { ...review(), kind: 'ConversionReview' }],
    ['v1beta1', { ...review(), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['DELETE', { ...outer, request: { ...request, operation: 'DELETE' } }],
    ['CONNECT', { ...outer, request: { ...request, operation: 'CONNECT' } }],
    ...['uid', 'operation', 'kind', 'userInfo', 'object'].map((field): [string, unknown] => [
      `no ${field}`,
      { ...outer, request: without(field) },
    ]),
    ['an object that is null', { ...outer, request: { ...request, object: null } }],
    ['an object that is a list', { ...outer, request: { ...request, object: [] } }],
    ['an old object that is text', { ...outer, request: { ...request, oldObject: 'x' } }],
    ['a dry run that is text', { ...outer, request: { ...request, dryRun: 'false' } }],
    ['a user without name', { ...outer, request: { ...request, userInfo: { groups: ['x'] } } }],
    ['a user with an empty name', { ...outer, request: { ...request, userInfo: { username: '' } } }],
    ['a user whose name is a list', { ...outer, request: { ...request, userInfo: { username: ['alice'] } } }],
    [
      'groups that are text',
      { ...outer, request: { ...request, userInfo: { username: 'a', groups: 'system:masters' } } },
    ],
    ['a group that is a number', { ...outer, request: { ...request, userInfo: { username: 'a', groups: [1] } } }],
  ])('%s', async (_, body) => {
    expect(await codeOf(() => parseReview(body))).toBe('RequestInvalid');
  });
});

test('the refusal shows nothing of what is in it', async () => {
  const sent = review();
  const flawed = {
    ...sent,
    request: { ...sent.request, operation: 'secret-1', userInfo: { username: 7, uid: 'secret-2' } },
  };
  expect(JSON.stringify(await problemOf(() => parseReview(flawed)))).not.toContain('secret');
});
