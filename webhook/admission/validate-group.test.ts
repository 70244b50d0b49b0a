import { beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Owner } from '../../api/kinds/group-parts.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, namespaceView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { verdictOf } from '../../test/fakes/gate-scenario.ts';
import { reviewOf } from '../../test/fakes/review-of.ts';
import type { AdmissionRequest } from './review.ts';
import { validateGroup } from './validate-group.ts';

const PIPELINE = 'system:serviceaccount:ci:deployer';
const alice: Owner = { kind: 'User', name: 'alice' };

let state: FakeClusterState;
let username: string;
let spec: ApplicationGroup['spec'];
let old: Pick<ApplicationGroup, 'spec' | 'status'> | undefined;

beforeEach(async () => {
  state = new FakeClusterState(await FakeCluster.create('prod'));
  for (const name of ['shop', 'shop-db', 'billing']) {
    state.putNamespace(namespaceView(name));
    for (const user of ['alice', PIPELINE]) state.admins.add(`${user}/${name}`);
  }
  username = 'alice';
  spec = { namespaces: ['shop', 'shop-db'], owners: [alice] };
  old = undefined;
});

const groupOf = (part: Pick<ApplicationGroup, 'spec' | 'status'>) => ({
  metadata: { namespace: 'shop', name: 'shop' },
  ...part,
});

const review = (): AdmissionRequest =>
  reviewOf('ApplicationGroup', groupOf({ spec }), {
    namespace: 'shop',
    userInfo: { username },
    ...(old === undefined ? {} : { operation: 'UPDATE', oldObject: groupOf(old) }),
  });

const decide = () => validateGroup(review(), state);
const verdict = () => verdictOf(decide);

/** The group as it was before this change: settled, with its namespaces. */
const registeredAs = (part: Partial<ApplicationGroup['spec']> = {}): void => {
  old = { spec: { ...spec, ...part }, status: { groupID: GROUP_ID } };
};
const GROUP_ID = `${uidOf('cluster prod')}/${uidOf('group shop')}`;
const OTHER_ID = `${uidOf('cluster prod')}/${uidOf('group other')}`;

/** Another group, alive, has claimed the namespace. */
const claimForOther = (name: string): void => {
  state.claimFor(namespaceView(name), OTHER_ID);
  state.groups.push({
    id: OTHER_ID,
    uid: 'g2',
    namespace: 'other',
    name: 'other',
    requested: [name],
    claimed: [],
    owners: [],
    deleting: false,
    ready: true,
    message: '',
    points: 0,
  });
};

const testRefusals = (what: string, refusals: readonly (readonly [code: string, why: string, flaw: () => void])[]) => {
  describe(what, () => {
    test.each(refusals)('%s: %s', async (code, _, flaw) => {
      expect(await verdict()).toBe('allowed');
      flaw();
      expect(await verdict()).toBe(code);
    });
  });
};

testRefusals('a new group is refused', [
  ['NamespaceAdminRequired', 'by who is not admin of one namespace', () => state.admins.delete('alice/shop-db')],
  [
    'NamespaceAdminRequired NamespaceAdminRequired',
    'by who is admin of none',
    () => {
      username = 'mallory';
    },
  ],
  ['NamespaceNotFound', 'with a namespace that is not there', () => state.namespaces.delete('shop-db')],
  ...['default', 'kube-system', 'kube-x', 'openshift', 'openshift-dns', 'velero', 'kubectl-recover-system'].map(
    name =>
      [
        'NamespaceProtected',
        `with ${name}, whoever is its admin`,
        () => {
          state.putNamespace(namespaceView(name));
          state.admins.add(`alice/${name}`);
          spec = { ...spec, namespaces: ['shop', name] };
        },
      ] as const,
  ),
  [
    'NamespaceProtected',
    'with a namespace that a policy protects',
    () => state.policyViews.push(policyView({ protectedNamespaces: ['shop-*'] }, 'second')),
  ],
  ['NamespaceClaimed', 'with a namespace of another group', () => claimForOther('shop-db')],
  ...['system:serviceaccount:ci:deployer', 'system:masters', 'system:'].map(
    name =>
      [
        'OwnerNotAllowed',
        `with owner ${name}`,
        () => {
          spec = { ...spec, owners: [alice, { kind: 'Group', name }] };
        },
      ] as const,
  ),
  ['StateUnavailable', 'where nobody can tell who is admin', () => state.unavailable.add('isNamespaceAdmin')],
  ['StateUnavailable', 'where nobody can tell what is claimed', () => state.unavailable.add('claim')],
]);

describe('a new group', () => {
  test('may name a ServiceAccount as owner, by its kind', async () => {
    spec = { ...spec, owners: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' }] };
    expect(await verdict()).toBe('allowed');
  });

  test('may take namespaces whose claim is left of a group that is gone', async () => {
    state.claimFor(namespaceView('shop'), OTHER_ID);
    expect(await verdict()).toBe('allowed');
  });

  test('is told everything that is wrong with it at once, each with its place', async () => {
    state.admins.clear();
    state.namespaces.delete('shop-db');
    spec = { ...spec, owners: [{ kind: 'User', name: 'system:admin' }] };
    expect(await decide()).toMatchObject({
      kind: 'refuse',
      problems: [
        { code: 'OwnerNotAllowed', field: 'spec.owners' },
        { code: 'NamespaceAdminRequired', field: 'spec.namespaces' },
        { code: 'NamespaceNotFound', field: 'spec.namespaces' },
      ],
    });
  });
});

describe('a pipeline', () => {
  beforeEach(() => {
    username = PIPELINE;
  });

  const annotate = (name: string, group: string): void => state.putNamespace(namespaceView(name, { group }));

  test('registers its group’s own namespace, and others that say so', async () => {
    annotate('shop-db', 'shop/shop');
    expect(await verdict()).toBe('allowed');
  });

  test.each<[string, () => void]>([
    ['does not say so', () => undefined],
    ['says so for another group', () => annotate('shop-db', 'shop/other')],
    ['says so for the group of that name elsewhere', () => annotate('shop-db', 'billing/shop')],
    ['names the group without its namespace', () => annotate('shop-db', 'shop')],
    [
      'says so but has another admin',
      () => {
        annotate('shop-db', 'shop/shop');
        state.admins.delete(`${PIPELINE}/shop-db`);
      },
    ],
  ])('is refused a namespace that %s', async (_, flaw) => {
    flaw();
    expect(await verdict()).toBe('NamespaceAdminRequired');
  });

  test('is refused its group’s own namespace where it is not admin', async () => {
    spec = { ...spec, namespaces: ['shop'] };
    expect(await verdict()).toBe('allowed');
    state.admins.delete(`${PIPELINE}/shop`);
    expect(await verdict()).toBe('NamespaceAdminRequired');
  });

  test('is refused to take out a namespace that does not say so', async () => {
    registeredAs();
    spec = { ...spec, namespaces: ['shop'] };
    expect(await verdict()).toBe('NamespaceAdminRequired');
    annotate('shop-db', 'shop/shop');
    expect(await verdict()).toBe('allowed');
  });
});

describe('a change', () => {
  test('of neither namespaces nor owners is free: metadata, status, destinations', async () => {
    registeredAs();
    state.admins.clear();
    spec = { ...spec, destinations: [{ clusterID: uidOf('cluster dr') }] };
    expect(await verdict()).toBe('allowed');
  });

  test.each<[string, Partial<ApplicationGroup['spec']>]>([
    ['owners', { owners: [{ kind: 'User', name: 'bob' }] }],
    ['the order of owners', { owners: [{ kind: 'User', name: 'bob' }, alice] }],
    ['namespaces', { namespaces: ['shop'] }],
  ])('of %s takes an admin of every namespace', async (_, changed) => {
    registeredAs(changed);
    expect(await verdict()).toBe('allowed');
    state.admins.delete('alice/shop');
    expect(await verdict()).toBe('NamespaceAdminRequired');
  });

  test('that takes a namespace out takes an admin of it', async () => {
    registeredAs({ namespaces: ['shop', 'shop-db', 'billing'] });
    expect(await verdict()).toBe('allowed');
    state.admins.delete('alice/billing');
    expect(await verdict()).toBe('NamespaceAdminRequired');
  });

  test.each<[string, () => void]>([
    ['is gone', () => state.namespaces.delete('billing')],
    ['is another group’s', () => claimForOther('billing')],
    ['is protected by now', () => state.policyViews.push(policyView({ protectedNamespaces: ['billing'] }, 'second'))],
  ])('may take out a namespace that %s', async (_, given) => {
    registeredAs({ namespaces: ['shop', 'shop-db', 'billing'] });
    given();
    expect(await verdict()).toBe('allowed');
  });

  test.each<[string, () => void]>([
    ['is gone', () => state.namespaces.delete('billing')],
    ['was made anew', () => state.putNamespace(namespaceView('billing', { uid: uidOf('billing made anew') }))],
  ])('of owners is for owners alone while a namespace of the group %s', async (_, given) => {
    const namespaces = [{ name: 'billing', uid: uidOf('namespace billing') }];
    registeredAs({ owners: [{ kind: 'User', name: 'bob' }] });
    old = { spec, ...old, status: { groupID: GROUP_ID, namespaces } };
    expect(await verdict()).toBe('allowed');
    given();
    expect(await verdict()).toBe('NotOwner');
    old = { ...old, spec: { ...spec, owners: [alice, { kind: 'User', name: 'bob' }] } };
    expect(await verdict()).toBe('allowed');
  });

  test('of anything else is for every admin while a namespace of the group is gone', async () => {
    spec = { ...spec, owners: [{ kind: 'User', name: 'bob' }] };
    registeredAs({ destinations: [{ cloud: 'aws', region: 'us-east-1' }] });
    const namespaces = [{ name: 'billing', uid: uidOf('namespace billing') }];
    old = { spec, ...old, status: { groupID: GROUP_ID, namespaces } };
    state.namespaces.delete('billing');
    expect(await verdict()).toBe('allowed');
  });

  test('may keep what the group itself has claimed', async () => {
    registeredAs({ owners: [] });
    claimForOther('shop');
    state.claimFor(namespaceView('shop'), GROUP_ID);
    state.groups = state.groups.map(group => ({ ...group, id: GROUP_ID }));
    expect(await verdict()).toBe('allowed');
  });

  test('of a group that is not settled has nothing claimed of its own', async () => {
    old = { spec: { ...spec, owners: [] } };
    claimForOther('shop');
    expect(await verdict()).toBe('NamespaceClaimed');
  });

  test('is judged by the old object, not by what the new one says of its status', async () => {
    registeredAs({ owners: [] });
    claimForOther('shop');
    const lying = reviewOf('ApplicationGroup', groupOf({ spec, status: { groupID: OTHER_ID } }), {
      namespace: 'shop',
      operation: 'UPDATE',
      oldObject: groupOf({ spec: { ...spec, owners: [] }, status: { groupID: GROUP_ID } }),
    });
    expect(await verdictOf(() => validateGroup(lying, state))).toBe('NamespaceClaimed');
  });
});
