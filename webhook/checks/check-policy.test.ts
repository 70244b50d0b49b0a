import { expect, test } from 'vitest';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { policyView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';
import type { PolicyView } from '../state/views.ts';

const only = ({ state }: RecoveryScenario, spec: Partial<PolicyView['spec']>): void => {
  state.policyViews = [policyView(spec)];
};

const partiallyFailedElsewhere = (scenario: RecoveryScenario): void => {
  scenario.backup = { ...scenario.backup, status: { ...scenario.backup.status, phase: 'PartiallyFailed' } };
  scenario.state.errors.set('nightly-1', new Map([['billing', 1]]));
};

testRefusals('policy', [
  {
    why: 'a namespace that two policies want made with different labels',
    code: 'PolicyDenied',
    origin: 'peer',
    flaw: ({ state }) => {
      const labelled = (tier: string) => ({ newNamespaces: { sameName: true, groupPrefix: true, labels: { tier } } });
      state.policyViews = [policyView(labelled('web')), policyView(labelled('data'), 'strict')];
    },
  },
  {
    why: 'where there is no policy',
    code: 'PolicyDenied',
    flaw: ({ state }) => {
      state.policyViews = [];
    },
  },
  ...['shop/other', 'other/shop', 'shop', 'shop/sho', 'shop/shop-*', 'hop/*'].map(pattern => ({
    why: `where policies judge only groups "${pattern}"`,
    code: 'PolicyDenied' as const,
    given: (scenario: RecoveryScenario) => only(scenario, { match: { groups: ['shop/shop'] } }),
    flaw: (scenario: RecoveryScenario) => only(scenario, { match: { groups: [pattern] } }),
  })),
  {
    why: 'where the policy judges no groups at all',
    code: 'PolicyDenied',
    flaw: scenario => only(scenario, { match: { groups: [] } }),
  },
  {
    why: 'where policies judge only what comes from other clusters',
    code: 'PolicyDenied',
    given: scenario => only(scenario, { match: { sourceClusters: [scenario.source.id] } }),
    flaw: scenario => only(scenario, { match: { sourceClusters: [uidOf('cluster other')] } }),
  },
  {
    why: 'T40: a point in a location that is not listed',
    code: 'PolicyDenied',
    given: scenario => only(scenario, { locations: [scenario.backup.location, 'archive'] }),
    flaw: scenario => only(scenario, { locations: ['archive'] }),
  },
  {
    why: 'T40: any point, where no location is listed',
    code: 'PolicyDenied',
    flaw: scenario => only(scenario, { locations: [] }),
  },
  {
    why: 'where the group fits and the source does not',
    code: 'PolicyDenied',
    flaw: scenario => only(scenario, { match: { groups: ['shop/*'], sourceClusters: [uidOf('cluster other')] } }),
  },
  ...(['Never', undefined] as const).map(adoptedPoints => ({
    why: `a point that was adopted, where the policy says ${adoptedPoints ?? 'nothing of it'}`,
    code: 'PolicyDenied' as const,
    given: (scenario: RecoveryScenario) => {
      scenario.adoption = { kind: 'Adopted', by: 'olga' };
    },
    flaw: ({ state }: RecoveryScenario) => {
      const { adoptedPoints: _, ...spec } = policyView().spec;
      const [view] = state.policyViews;
      state.policyViews = view ? [{ ...view, spec: { ...spec, ...(adoptedPoints ? { adoptedPoints } : {}) } }] : [];
    },
  })),
  {
    why: 'a prepared proof, where none are allowed',
    code: 'PolicyDenied',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: ({ state }) => {
      const { preparedGrants: _, ...spec } = policyView().spec;
      state.policyViews = [{ name: 'default', generation: 1, spec }];
    },
  },
  {
    why: 'a prepared proof that lives longer than policy allows',
    code: 'PolicyDenied',
    origin: 'peer',
    given: scenario => {
      only(scenario, { preparedGrants: { maxLifeSeconds: 172_800, destinations: ['Cluster'] } });
      scenario.prepare(172_800);
    },
    flaw: scenario => scenario.prepare(172_801),
  },
  {
    why: 'a prepared proof for a place, where only clusters may be named',
    code: 'PolicyDenied',
    origin: 'peer',
    given: scenario => {
      only(scenario, { preparedGrants: { maxLifeSeconds: 604_800, destinations: ['Cluster'] } });
      scenario.prepare();
    },
    flaw: scenario => {
      scenario.nameThePlace();
      scenario.prepare();
    },
  },
  {
    why: 'a prepared proof for a cluster, where only places may be named',
    code: 'PolicyDenied',
    origin: 'peer',
    given: scenario => scenario.prepare(),
    flaw: scenario => only(scenario, { preparedGrants: { maxLifeSeconds: 604_800, destinations: ['Place'] } }),
  },
  {
    why: 'updating existing resources',
    code: 'PolicyDenied',
    given: scenario => {
      only(scenario, { existingResources: ['Keep', 'Update'] });
      scenario.restore = { ...scenario.restore, existingResources: 'Update' };
    },
    flaw: scenario => only(scenario, { existingResources: ['Keep'] }),
  },
  {
    why: 'keeping existing resources',
    code: 'PolicyDenied',
    flaw: scenario => only(scenario, { existingResources: ['Update'] }),
  },
  { why: 'volumes', code: 'PolicyDenied', flaw: scenario => only(scenario, { volumes: ['Skip'] }) },
  {
    why: 'leaving volumes out',
    code: 'PolicyDenied',
    given: scenario => {
      scenario.restore = { ...scenario.restore, volumes: 'Skip' };
    },
    flaw: scenario => only(scenario, { volumes: ['Restore'] }),
  },
  {
    why: 'everything, where nothing is allowed',
    code: 'PolicyDenied',
    flaw: scenario => only(scenario, { volumes: [] }),
  },
  {
    why: 'a partially failed point',
    code: 'PolicyDenied',
    given: partiallyFailedElsewhere,
    flaw: scenario => only(scenario, { partiallyFailedPoints: 'Never' }),
  },
  {
    why: 'a point that is a second too old',
    code: 'PolicyDenied',
    given: scenario => only(scenario, { maxPointAgeSeconds: 9 * 3600 }),
    flaw: scenario => only(scenario, { maxPointAgeSeconds: 9 * 3600 - 1 }),
  },
  {
    why: 'a point that has become too old since the registration',
    code: 'PolicyDenied',
    given: scenario => only(scenario, { maxPointAgeSeconds: 10 * 3600 }),
    flaw: scenario => {
      scenario.now = new Date('2026-03-02T13:00:01Z');
    },
  },
  ...[undefined, '', 'INC-', 'INC-12x', 'my INC-12', 'inc-12', 'INC-12\n', 'x\nINC-12', 'INC-12\nINC-13'].map(
    reason => ({
      why: `the reason ${JSON.stringify(reason)} where INC-[0-9]+ is asked for`,
      code: 'PolicyDenied' as const,
      given: (scenario: RecoveryScenario) => {
        only(scenario, { reasonPattern: 'INC-[0-9]+' });
        scenario.reason = 'INC-12';
      },
      flaw: (scenario: RecoveryScenario) => {
        scenario.reason = reason;
      },
    }),
  ),
  {
    why: 'no reason, where any will do',
    code: 'PolicyDenied',
    given: scenario => {
      only(scenario, { reasonPattern: '.+' });
      scenario.reason = 'undefined';
    },
    flaw: scenario => {
      scenario.reason = undefined;
    },
  },
  {
    why: 'a reason that fits only a half of an alternative',
    code: 'PolicyDenied',
    given: scenario => {
      only(scenario, { reasonPattern: 'INC-1|CHG-1' });
      scenario.reason = 'CHG-1';
    },
    flaw: scenario => {
      scenario.reason = 'INC-1 or so';
    },
  },
  {
    why: 'what one of two matching policies denies',
    code: 'PolicyDenied',
    flaw: ({ state }) => {
      state.policyViews = [policyView(), policyView({ volumes: ['Skip'] }, 'strict')];
    },
  },
  {
    why: 'what the first of two matching policies denies',
    code: 'PolicyDenied',
    flaw: ({ state }) => {
      state.policyViews = [policyView({ volumes: ['Skip'] }, 'a'), policyView({}, 'b')];
    },
  },
]);

testAllowances('policy', [
  {
    why: 'what only a policy of other groups denies',
    given: ({ state }) => {
      state.policyViews = [policyView(), policyView({ volumes: [], match: { groups: ['billing/*'] } }, 'billing')];
    },
  },
  { why: 'a group by prefix', given: scenario => only(scenario, { match: { groups: ['x/y', 'sh*'] } }) },
  { why: 'all groups', given: scenario => only(scenario, { match: { groups: ['*'] } }) },
  {
    why: 'any reason that fits, letters beyond ASCII too',
    given: scenario => {
      only(scenario, { reasonPattern: '.{3,5}' });
      scenario.reason = '😀😀😀';
    },
  },
  { why: 'a partially failed point that is clean for the group', given: partiallyFailedElsewhere },
  {
    why: 'a point that is whole and was stamped in time, where no other may be used',
    given: scenario => only(scenario, { partiallyFailedPoints: 'Never', adoptedPoints: 'Never' }),
  },
  {
    why: 'policies that ask for different labels, where no namespace is made',
    given: ({ state }) => {
      const labelled = (tier: string) => ({ newNamespaces: { sameName: true, groupPrefix: true, labels: { tier } } });
      state.policyViews = [policyView(labelled('web')), policyView(labelled('data'), 'strict')];
    },
  },
]);

test('of a point that is not here no policy says that it is in the wrong place, too old or broken', async () => {
  const scenario = await RecoveryScenario.create();
  only(scenario, { locations: [], maxPointAgeSeconds: 0, partiallyFailedPoints: 'Never', adoptedPoints: 'Never' });
  scenario.access.point = { ...scenario.access.point, backup: 'nightly-9' };
  expect(await scenario.verdict()).toEqual(['point: PointNotFound']);
});

test('what was validated is the same in whatever order the policies come', async () => {
  const scenario = await RecoveryScenario.create();
  const policies = ['b', 'a', 'c'].map(name => policyView({}, name));
  for (const order of [policies, policies.toReversed()]) {
    scenario.state.policyViews = order;
    expect((await scenario.plan()).policies.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  }
});

test('every broken rule of every policy is told', async () => {
  const scenario = await RecoveryScenario.create();
  partiallyFailedElsewhere(scenario);
  const strict = {
    existingResources: [],
    volumes: [],
    partiallyFailedPoints: 'Never' as const,
    maxPointAgeSeconds: 60,
    reasonPattern: 'x',
  };
  scenario.state.policyViews = [policyView(strict, 'a'), policyView(strict, 'b')];
  expect(await scenario.verdict()).toEqual(Array.from({ length: 10 }, () => 'policy: PolicyDenied'));
});

test('a pattern that is no regular expression never allows', async () => {
  const scenario = await RecoveryScenario.create();
  only(scenario, { reasonPattern: '(' });
  scenario.reason = '(';
  await expect(scenario.verdict()).rejects.toThrow(SyntaxError);
});
