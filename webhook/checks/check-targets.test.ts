import { expect, test } from 'vitest';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';
import type { NamespaceView } from '../state/views.ts';

const OTHER_GROUP = `${uidOf('cluster prod')}/${uidOf('group billing')}`;

/** The namespace `shop` as it lives here, unclaimed. */
const unclaimed = ({ state }: RecoveryScenario, view: Partial<NamespaceView> = {}): void => {
  state.claims.clear();
  for (const name of ['shop', 'shop-db']) state.putNamespace(namespaceView(name, name === 'shop' ? view : {}));
  state.admins.add('alice/shop-db');
};

const intoAny = (scenario: RecoveryScenario): void => {
  scenario.allowNewNamespaces();
  scenario.recoverInto('shop-copy');
};

const newNamespaces = (scenario: RecoveryScenario, rules: ReturnType<typeof policyView>['spec']['newNamespaces']) => {
  scenario.state.policyViews = [policyView({ newNamespaces: rules })];
};

testRefusals('targets', [
  ...[
    'default',
    'kube-system',
    'kube-public',
    'kube-node-lease',
    'kube-x',
    'openshift',
    'openshift-monitoring',
    'openshift-x',
    'velero',
    'kubectl-recover-system',
    'kubectl-recover-requests',
  ].map(name => ({
    why: `${name}, though policy lets every name be made`,
    code: 'NamespaceProtected' as const,
    given: intoAny,
    flaw: (scenario: RecoveryScenario) => scenario.recoverInto(name),
  })),
  {
    why: 'a protected namespace that lives here',
    code: 'NamespaceProtected',
    given: intoAny,
    flaw: scenario => {
      scenario.recoverInto('kube-system');
      scenario.state.putNamespace(namespaceView('kube-system'));
      scenario.state.admins.add('alice/kube-system');
    },
  },
  {
    why: 'a second Velero installation’s namespace',
    code: 'NamespaceProtected',
    given: scenario => {
      scenario.allowNewNamespaces();
      scenario.recoverInto('velero-2');
    },
    flaw: ({ state }) => {
      state.selfView = { ...state.selfView, veleroNamespaces: ['velero', 'velero-2'] };
    },
  },
  ...['shop', 'sho*', '*'].map(pattern => ({
    why: `the group’s own namespace, protected by policy as "${pattern}"`,
    code: 'NamespaceProtected' as const,
    given: (scenario: RecoveryScenario) => {
      scenario.grant.namespaces = scenario.grant.namespaces.filter(([name]) => name === 'shop');
    },
    flaw: ({ state }: RecoveryScenario) => {
      state.policyViews = [policyView({ protectedNamespaces: [pattern] })];
    },
  })),
  {
    why: 'a namespace protected by a policy that judges other groups',
    code: 'NamespaceProtected',
    given: intoAny,
    flaw: ({ state }) => {
      state.policyViews.push(policyView({ match: { groups: ['x/y'] }, protectedNamespaces: ['shop-c*'] }, 'others'));
    },
  },
  {
    why: 'a namespace claimed by another group',
    code: 'NamespaceTaken',
    flaw: ({ state }) => state.claimFor(namespaceView('shop'), OTHER_GROUP),
  },
  {
    why: 'a namespace claimed by another group, though the user is its admin',
    code: 'NamespaceTaken',
    flaw: ({ state }) => {
      state.claimFor(namespaceView('shop'), OTHER_GROUP);
      state.admins.add('alice/shop');
    },
  },
  {
    why: 'a namespace reserved for this recovery, but claimed by another group meanwhile',
    code: 'NamespaceTaken',
    flaw: scenario => {
      const namespace = namespaceView('shop', { reservedBy: scenario.hash });
      scenario.state.putNamespace(namespace);
      scenario.state.claimFor(namespace, OTHER_GROUP);
    },
  },
  {
    why: 'a namespace claimed by a group of the same name in a peer',
    code: 'NamespaceTaken',
    flaw: async ({ state }) => {
      const other = await FakeCluster.create('other');
      state.claimFor(namespaceView('shop'), `${other.id}/${uidOf('group shop')}`);
    },
  },
  {
    why: 'a claimed namespace that is being deleted',
    code: 'NamespaceTaken',
    flaw: ({ state }) => state.putNamespace(namespaceView('shop', { terminating: true })),
  },
  {
    why: 'an unclaimed namespace whose admin the user is not',
    code: 'NamespaceTaken',
    given: scenario => {
      unclaimed(scenario);
      scenario.state.admins.add('alice/shop');
    },
    flaw: ({ state }) => {
      state.admins.delete('alice/shop');
    },
  },
  {
    why: 'an unclaimed namespace whose admin somebody else is',
    code: 'NamespaceTaken',
    given: scenario => {
      unclaimed(scenario);
      scenario.state.admins.add('alice/shop');
    },
    flaw: ({ state }) => {
      state.admins.delete('alice/shop');
      state.admins.add('bob/shop').add('alice/shop-2');
    },
  },
  {
    why: 'an unclaimed namespace that was made anew, though the user is its admin',
    code: 'NamespaceTaken',
    given: scenario => {
      unclaimed(scenario);
      scenario.state.admins.add('alice/shop');
    },
    flaw: scenario => unclaimed(scenario, { uid: uidOf('namespace shop, the second') }),
  },
  {
    why: 'a foreign namespace under a mapped name, though the user is its admin',
    code: 'NamespaceTaken',
    given: intoAny,
    flaw: ({ state }) => {
      state.putNamespace(namespaceView('shop-copy'));
      state.admins.add('alice/shop-copy');
    },
  },
  {
    why: 'a namespace reserved for another recovery',
    code: 'NamespaceTaken',
    given: scenario => {
      intoAny(scenario);
      scenario.state.putNamespace(namespaceView('shop-copy', { reservedBy: scenario.hash }));
    },
    flaw: ({ state }) => state.putNamespace(namespaceView('shop-copy', { reservedBy: '0'.repeat(20) })),
  },
  {
    why: 'a namespace that only bears the mark of this recovery',
    code: 'NamespaceTaken',
    given: intoAny,
    flaw: scenario => scenario.state.putNamespace(namespaceView('shop-copy', { mark: scenario.hash })),
  },
  {
    why: 'making a namespace again under its own name',
    code: 'NewNamespaceNotAllowed',
    origin: 'peer',
    given: scenario => {
      scenario.grant.namespaces = scenario.grant.namespaces.filter(([name]) => name === 'shop');
    },
    flaw: scenario => newNamespaces(scenario, { sameName: false, groupPrefix: true }),
  },
  {
    why: 'a name that begins with the group’s',
    code: 'NewNamespaceNotAllowed',
    given: scenario => scenario.recoverInto('shop-copy'),
    flaw: scenario => newNamespaces(scenario, { sameName: true, groupPrefix: false }),
  },
  ...['shopcopy', 'sho', 'copy-shop-x', 'my-shop', 'x'].map(name => ({
    why: `${name}, which begins not with the group’s name and a hyphen`,
    code: 'NewNamespaceNotAllowed' as const,
    given: (scenario: RecoveryScenario) => scenario.recoverInto('shop-copy'),
    flaw: (scenario: RecoveryScenario) => scenario.recoverInto(name),
  })),
  {
    why: 'a name that policy does not list',
    code: 'NewNamespaceNotAllowed',
    given: scenario => {
      newNamespaces(scenario, { sameName: false, groupPrefix: false, names: ['dr-*', 'spare'] });
      scenario.recoverInto('dr-shop');
    },
    flaw: scenario => scenario.recoverInto('spare-2'),
  },
  {
    why: 'what one of two policies does not let be made',
    code: 'NewNamespaceNotAllowed',
    given: scenario => scenario.recoverInto('shop-copy'),
    flaw: ({ state }) => {
      state.policyViews.push(policyView({ newNamespaces: { sameName: true, groupPrefix: false } }, 'strict'));
    },
  },
  {
    why: 'the mapped name of another namespace of the group that is absent',
    code: 'NewNamespaceNotAllowed',
    given: scenario => {
      newNamespaces(scenario, { sameName: true, groupPrefix: false, names: ['shop-db'] });
      scenario.grant.namespaces = scenario.grant.namespaces.filter(([name]) => name === 'shop');
      scenario.state.namespaces.delete('shop-db');
      scenario.recoverInto('shop-db');
    },
    flaw: scenario => newNamespaces(scenario, { sameName: true, groupPrefix: false }),
  },
]);

testAllowances('targets', [
  { why: 'namespaces that the group has claimed', given: () => undefined },
  { why: 'absent namespaces that policy lets be made', origin: 'peer', given: () => undefined },
  {
    why: 'a namespace that was made anew and claimed by the group again',
    given: scenario => {
      const again = namespaceView('shop', { uid: uidOf('namespace shop, the second') });
      scenario.state.putNamespace(again);
      scenario.state.claimFor(again, scenario.groupId);
    },
  },
  {
    why: 'an unclaimed namespace of the same UID whose admin the user is',
    given: scenario => {
      unclaimed(scenario);
      scenario.state.admins.add('alice/shop');
    },
  },
  {
    why: 'a namespace that this recovery has reserved',
    given: scenario => {
      scenario.recoverInto('shop-copy');
      scenario.state.putNamespace(namespaceView('shop-copy', { reservedBy: scenario.hash, mark: scenario.hash }));
      scenario.state.policyViews = [policyView({ newNamespaces: { sameName: false, groupPrefix: false } })];
    },
  },
  ...['kube', 'kubernetes', 'defaults', 'my-default', 'openshiftx', 'my-openshift', 'velero-old', 'x-kube-x'].map(
    name => ({
      why: `${name}, which only looks protected`,
      given: (scenario: RecoveryScenario) => {
        scenario.allowNewNamespaces();
        scenario.recoverInto(name);
      },
    }),
  ),
  {
    why: 'an absent namespace whose name had been claimed before it was deleted',
    given: scenario => {
      scenario.state.claimFor(namespaceView('shop', { uid: uidOf('a namespace that is gone') }), OTHER_GROUP);
      scenario.state.namespaces.delete('shop');
    },
  },
]);

test('each target is judged, and all failures are told', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.restore = { ...scenario.restore, namespaceMapping: { shop: 'kube-system' } };
  scenario.state.claimFor(namespaceView('shop-db'), OTHER_GROUP);
  expect(await scenario.verdict()).toEqual(['targets: NamespaceProtected', 'targets: NamespaceTaken']);
});

test('each policy that does not let a namespace be made is named', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.recoverInto('elsewhere');
  scenario.state.policyViews = [policyView({}, 'a'), policyView({}, 'b')];
  expect(await scenario.verdict()).toEqual(['targets: NewNamespaceNotAllowed', 'targets: NewNamespaceNotAllowed']);
});

test('who is admin is asked of the requester alone, by all of their identity', async () => {
  const scenario = await RecoveryScenario.create();
  unclaimed(scenario);
  const asked: unknown[] = [];
  scenario.state.isNamespaceAdmin = async (requester, namespace) => {
    asked.push({ requester, namespace });
    return true;
  };
  expect(await scenario.verdict()).toBe('allowed');
  expect(asked).toEqual(['shop', 'shop-db'].map(namespace => ({ requester: scenario.requester, namespace })));
});
