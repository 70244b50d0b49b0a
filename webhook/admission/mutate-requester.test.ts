import { describe, expect, test } from 'vitest';
import type { Requester } from '../../api/kinds/requester.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import type { Decision } from './decision.ts';
import { mutateRequester } from './mutate-requester.ts';
import type { AdmissionRequest } from './review.ts';

const alice: Requester = {
  username: 'alice',
  uid: 'u1',
  groups: ['system:authenticated', 'team-shop'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] },
};
const PATH = '/metadata/annotations/kubectl-recover.io~1requester';
const ANNOTATION = JSON.stringify({ username: 'alice', uid: 'u1', groups: alice.groups });

const review = (kind: string, object: object, part: Partial<AdmissionRequest> = {}): AdmissionRequest =>
  reviewOf(kind, object, { userInfo: alice, ...part });

const patchOf = (decision: Decision) => (decision.kind === 'mutate' ? decision.patch : decision.kind);

describe.each(['AccessRequest', 'Recovery', 'RecoveryApproval'])('the requester of a new %s', kind => {
  test.each<[string, object]>([
    ['that names nobody', {}],
    ['that names somebody else', { requester: { username: 'bob', groups: ['system:masters'] } }],
    ['that names the user with more groups', { requester: { ...alice, groups: ['system:masters'] } }],
    ['that names the user', { requester: alice }],
  ])('%s is the authenticated user', async (_, spec) => {
    const decision = await mutateRequester(review(kind, { metadata: { name: 'x' }, spec }));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: '/spec/requester', value: alice }]);
  });

  test('has nothing but what the API server knows of the user', async () => {
    const userInfo = { username: 'alice', groups: [] };
    const decision = await mutateRequester(review(kind, { spec: {} }, { userInfo }));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: '/spec/requester', value: userInfo }]);
  });
});

test('what else the user of a review may carry is not written', async () => {
  const userInfo = JSON.parse('{"username":"alice","password":"x"}') as Requester;
  const decision = await mutateRequester(review('Recovery', { spec: {} }, { userInfo }));
  expect(patchOf(decision)).toEqual([{ op: 'add', path: '/spec/requester', value: { username: 'alice' } }]);
});

describe('the requester of an ApplicationGroup', () => {
  const spec = { namespaces: ['shop'], owners: [{ kind: 'User', name: 'alice' }] };
  const group = (annotations?: object | null, each: object = spec) => ({
    metadata: { name: 'shop', ...(annotations === undefined ? {} : { annotations }) },
    spec: each,
  });

  test.each([undefined, null])('is an annotation, made where there are %j', async annotations => {
    const decision = await mutateRequester(review('ApplicationGroup', group(annotations)));
    expect(patchOf(decision)).toEqual([
      { op: 'add', path: '/metadata/annotations', value: { [ANNOTATIONS.requester]: ANNOTATION } },
    ]);
  });

  test.each([
    {},
    { note: 'x' },
    { [ANNOTATIONS.requester]: '{"username":"bob"}' },
  ])('is set among %j, whatever was said there', async annotations => {
    const decision = await mutateRequester(review('ApplicationGroup', group(annotations)));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: PATH, value: ANNOTATION }]);
  });

  test('leaves out what the user has not', async () => {
    const userInfo = { username: 'alice', uid: '' };
    const decision = await mutateRequester(review('ApplicationGroup', group({}), { userInfo }));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: PATH, value: '{"username":"alice"}' }]);
  });

  test('stays who it was while the spec does, in whatever order its members come', async () => {
    const { namespaces, owners } = spec;
    const part: Partial<AdmissionRequest> = { operation: 'UPDATE', oldObject: group({}) };
    const decision = await mutateRequester(
      review('ApplicationGroup', group({ note: 'x' }, { owners, namespaces }), part),
    );
    expect(patchOf(decision)).toEqual([]);
  });

  test.each<[string, object | null]>([
    ['namespaces', group({}, { ...spec, namespaces: ['shop', 'billing'] })],
    ['owners', group({}, { ...spec, owners: [] })],
    ['destinations', group({}, { ...spec, destinations: [] })],
    ['everything, from nothing known', null],
  ])('is who changes %s', async (_, oldObject) => {
    const part: Partial<AdmissionRequest> = {
      operation: 'UPDATE',
      oldObject: oldObject === null ? null : { ...oldObject },
    };
    const decision = await mutateRequester(review('ApplicationGroup', group({ note: 'x' }), part));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: PATH, value: ANNOTATION }]);
  });

  test('is who makes it, though an old object is shown', async () => {
    const decision = await mutateRequester(review('ApplicationGroup', group({}), { oldObject: group({}) }));
    expect(patchOf(decision)).toEqual([{ op: 'add', path: PATH, value: ANNOTATION }]);
  });
});
