import { expect, test } from 'vitest';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';

const map = (scenario: RecoveryScenario, namespaceMapping: Record<string, string>): void => {
  scenario.allowNewNamespaces();
  scenario.restore = { ...scenario.restore, namespaceMapping };
};

const include = (scenario: RecoveryScenario, ...includedResources: string[]): void => {
  scenario.restore = { ...scenario.restore, includedResources };
};

const exclude = (scenario: RecoveryScenario, ...excludedResources: string[]): void => {
  scenario.restore = { ...scenario.restore, excludedResources };
};

testRefusals('scope', [
  ...(
    [
      ['volumes', { volumes: 'Skip', existingResources: 'Keep' }],
      ['existing resources', { volumes: 'Restore', existingResources: 'Update' }],
      ['a mapping', { volumes: 'Restore', existingResources: 'Keep', namespaceMapping: { shop: 'shop-2' } }],
      ['resources', { volumes: 'Restore', existingResources: 'Keep', includedResources: ['pods'] }],
      ['nothing', {}],
      ['a list', []],
    ] as const
  ).map(([what, signed]) => ({
    why: `other ${what} than the token was signed for`,
    code: 'ScopeExceeded' as const,
    flaw: (scenario: RecoveryScenario) => {
      scenario.signedRestore = signed;
    },
  })),
  {
    why: 'a field that this version does not know, added after signing',
    code: 'ScopeExceeded',
    flaw: scenario => {
      scenario.signedRestore = { ...scenario.restore };
      scenario.restore = { ...scenario.restore, ...{ hooks: {} } };
    },
  },
  {
    why: 'a namespace that the point does not hold for the group',
    code: 'ScopeExceeded',
    given: scenario => map(scenario, { shop: 'shop-copy' }),
    flaw: scenario => map(scenario, { shop: 'shop-copy', billing: 'shop-billing' }),
  },
  {
    why: 'a namespace of the point that left the group since',
    code: 'ScopeExceeded',
    given: scenario => map(scenario, { 'shop-db': 'shop-db-copy' }),
    flaw: ({ grant }) => {
      grant.namespaces = grant.namespaces.filter(([name]) => name === 'shop');
    },
  },
  ...['*', '', 'shop,shop-db', '__proto__', 'constructor', 'SHOP'].map(from => ({
    why: `mapping from "${from}"`,
    code: 'ScopeExceeded' as const,
    flaw: (scenario: RecoveryScenario) => map(scenario, JSON.parse(`{${JSON.stringify(from)}:"shop-copy"}`)),
  })),
  ...[
    'Shop',
    'shop_copy',
    '',
    ' ',
    '-shop',
    'shop-',
    'shop.copy',
    '../default',
    'shop/copy',
    'shop\n',
    'ｓhop',
    '*',
    'x'.repeat(64),
  ].map(to => ({
    why: `mapping to ${JSON.stringify(to)}`,
    code: 'ScopeExceeded' as const,
    given: (scenario: RecoveryScenario) => map(scenario, { shop: 'shop-copy' }),
    flaw: (scenario: RecoveryScenario) => map(scenario, { shop: to }),
  })),
  {
    why: 'two namespaces into one',
    code: 'ScopeExceeded',
    given: scenario => map(scenario, { shop: 'a', 'shop-db': 'b' }),
    flaw: scenario => map(scenario, { shop: 'a', 'shop-db': 'a' }),
  },
  {
    why: 'one namespace into another that is recovered itself',
    code: 'ScopeExceeded',
    flaw: scenario => map(scenario, { shop: 'shop-db' }),
  },
  {
    why: 'updating existing resources under other names: a volume would get a foreign claimRef',
    code: 'ScopeExceeded',
    given: scenario => map(scenario, { shop: 'shop-copy' }),
    flaw: scenario => {
      scenario.restore = { ...scenario.restore, existingResources: 'Update' };
    },
  },
  ...[
    '*',
    '*.*',
    '*.apps',
    'deployments',
    'Deployment',
    'deployments.apps/v1',
    'deploy',
    'deployments.Apps',
    'pods.',
    'pods.core',
    'secret*',
    'pods/log',
    'pods/exec',
    'toString',
    'constructor',
  ].map(name => ({
    why: `including ${name}, which is no exact name of a served resource`,
    code: 'ScopeExceeded' as const,
    given: (scenario: RecoveryScenario) => include(scenario, 'pods'),
    flaw: (scenario: RecoveryScenario) => include(scenario, 'pods', name),
  })),
  {
    why: 'excluding what is not served: the owner believes it excluded',
    code: 'ScopeExceeded',
    given: scenario => exclude(scenario, 'pods', 'deployments.apps'),
    flaw: scenario => exclude(scenario, 'pods', 'deployments'),
  },
  ...[
    'namespaces',
    'nodes',
    'clusterroles.rbac.authorization.k8s.io',
    'backups.velero.io',
    'schedules.velero.io',
    'clusteridentities.kubectl-recover.io',
    'recoveries.kubectl-recover.io',
    'events',
    'events.events.k8s.io',
    'volumeattachments.storage.k8s.io',
  ].map(name => ({
    why: `including ${name}`,
    code: 'ResourceExcluded' as const,
    given: (scenario: RecoveryScenario) => include(scenario, 'pods'),
    flaw: (scenario: RecoveryScenario) => include(scenario, 'pods', name),
  })),
  {
    why: 'including a resource that is cluster-scoped in one of its versions',
    code: 'ResourceExcluded',
    given: scenario => include(scenario, 'deployments.apps'),
    flaw: ({ state }) => {
      state.served = [...state.served, { group: 'apps', plural: 'deployments', namespaced: false }];
    },
  },
]);

testAllowances('scope', [
  { why: 'exact names of namespaced resources', given: scenario => include(scenario, 'pods', 'deployments.apps') },
  {
    why: 'persistent volumes, which come with their claims',
    given: scenario => include(scenario, 'persistentvolumes'),
  },
  { why: 'excluding what is excluded anyhow', given: scenario => exclude(scenario, 'nodes', 'backups.velero.io') },
  { why: 'mapping all namespaces', given: scenario => map(scenario, { shop: 'x', 'shop-db': 'y' }) },
  { why: 'mapping a namespace onto itself', given: scenario => map(scenario, { shop: 'shop' }) },
  {
    why: 'updating existing resources while mapping a namespace onto itself',
    given: scenario => {
      map(scenario, { shop: 'shop' });
      scenario.restore = { ...scenario.restore, existingResources: 'Update' };
    },
  },
  {
    why: 'the choice in another order of its members',
    given: scenario => {
      scenario.signedRestore = { existingResources: 'Keep', volumes: 'Restore' };
    },
  },
  { why: 'a name of 63 characters', given: scenario => map(scenario, { shop: 'x'.repeat(63) }) },
]);

test('a namespace called constructor is recovered like any other', async () => {
  const scenario = await RecoveryScenario.create('peer');
  const namespaces: [string, string][] = [['constructor', uidOf('namespace constructor')]];
  scenario.grant.namespaces = namespaces;
  scenario.stamp.groups = scenario.stamp.groups.map(group => ({ ...group, namespaces }));
  scenario.restore = { ...scenario.restore, namespaceMapping: {} };
  expect((await scenario.plan()).targets).toEqual([{ source: 'constructor', name: 'constructor', reserved: true }]);
});

test('everything out of scope is told at once', async () => {
  const scenario = await RecoveryScenario.create();
  map(scenario, { shop: 'X', billing: 'y' });
  scenario.restore = { ...scenario.restore, includedResources: ['*', 'nodes'], excludedResources: ['x'] };
  scenario.signedRestore = {};
  expect(await scenario.verdict()).toEqual([
    ...Array.from({ length: 5 }, () => 'scope: ScopeExceeded'),
    'scope: ResourceExcluded',
  ]);
});
