import { beforeEach, describe, expect, test } from 'vitest';
import { ALL_KINDS } from '../../api/kinds/all-kinds.ts';
import { NOW } from '../../test/fakes/fake-authority.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { recoveryObject } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import type { AdmissionRequest } from './review.ts';
import { validateObject } from './validate-object.ts';

let scenario: RecoveryScenario;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
});

const verdict = (request: AdmissionRequest) =>
  verdictOf(() => validateObject(scenario.state, () => NOW.getTime())(request));

const { userInfo: alice } = reviewOf('x', {});
const group = { metadata: { name: 'shop' }, spec: { namespaces: ['shop'], owners: [{ kind: 'User', name: 'alice' }] } };
const approval = (requester: object | undefined) => ({ spec: { requester, decision: 'Approve' } });

describe('each kind is judged by its own rule', () => {
  test.each<[string, object, string]>([
    ['ApplicationGroup', group, 'NamespaceAdminRequired NamespaceClaimed'],
    ['AccessRequest', { spec: { requester: alice, group: '*', wants: {} } }, 'RequestInvalid'],
    ['Recovery', recoveryObject({ spec: { ...recoveryObject().spec, requester: alice } }), 'TokenMalformed'],
    ['RecoveryApproval', approval({ username: 'bob' }), 'RequesterMismatch'],
    ['RecoveryApproval', approval(undefined), 'RequesterMismatch'],
    ['RecoveryApproval', approval(alice), 'allowed'],
    ['ClusterIdentity', { metadata: { name: 'x' }, spec: { identityTrust: { users: ['*'] } } }, 'RequestInvalid'],
    ['RecoveryPolicy', { spec: { reasonPattern: '(' } }, 'RequestInvalid'],
  ])('%s', async (kind, object, expected) => {
    expect(await verdict(reviewOf(kind, object))).toBe(expected);
  });

  test.each(['NamespaceClaim', 'Namespace', 'constructor', ''])('but %j is the catalogue’s', async kind => {
    expect(await verdict(reviewOf(kind, { metadata: {}, spec: {} }))).toBe('CatalogueOnly');
  });

  test('and none of our kinds is forgotten', () => {
    expect(ALL_KINDS.map(({ kind }) => kind).toSorted()).toEqual([
      'AccessRequest',
      'ApplicationGroup',
      'ClusterIdentity',
      'NamespaceClaim',
      'Recovery',
      'RecoveryApproval',
      'RecoveryPolicy',
    ]);
  });
});

describe('an update', () => {
  test.each(['AccessRequest', 'Recovery', 'RecoveryApproval'])('of a %s is of its metadata only', async kind => {
    const request = reviewOf(kind, { spec: {} }, { operation: 'UPDATE', oldObject: { spec: {} } });
    expect(await verdict(request)).toBe('allowed');
  });

  test.each<[string, object, string]>([
    ['ApplicationGroup', group, 'NamespaceAdminRequired NamespaceClaimed'],
    [
      'ClusterIdentity',
      { metadata: { name: 'x' }, spec: { identityTrust: { groups: ['system:*'] } } },
      'RequestInvalid',
    ],
    ['RecoveryPolicy', { spec: { reasonPattern: '[' } }, 'RequestInvalid'],
    ['NamespaceClaim', { spec: {} }, 'CatalogueOnly'],
  ])('of a %s is judged like a new one', async (kind, object, expected) => {
    const oldObject = { spec: { namespaces: ['billing'], owners: [] } };
    expect(await verdict(reviewOf(kind, object, { operation: 'UPDATE', oldObject }))).toBe(expected);
  });
});

test('a Recovery is registered at the time of the catalogue', async () => {
  const { accessToken, restore, requester } = await scenario.register();
  const recovery = recoveryObject({ spec: { accessToken, restore, requester } });
  const request = reviewOf('Recovery', recovery, { userInfo: requester });
  expect(await verdict(request)).toBe('allowed');
  const late = validateObject(scenario.state, () => NOW.getTime() + 3_600_000);
  expect(await verdictOf(() => late(request))).toBe('TokenExpired');
});
