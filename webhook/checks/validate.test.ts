import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../api/codes.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { failuresOf, validate } from './validate.ts';

const told = async (scenario: RecoveryScenario): Promise<string[]> => {
  const { results } = await scenario.validate();
  return results.map(({ check, outcome, code }) => `${check}: ${code ?? outcome}`);
};

describe('what is allowed', () => {
  test.each(['home', 'peer'] as const)('has one passed result for each check, in their order (%s)', async origin => {
    const scenario = await RecoveryScenario.create(origin);
    const validation = await scenario.validate();
    expect(validation.outcome).toBe('allowed');
    expect(validation.results).toEqual(CHECKS.map(check => ({ check, outcome: 'Passed' })));
  });

  test('comes with the plan of exactly what was asked for', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.recoverInto('shop-copy');
    const plan = await scenario.plan();
    expect(plan.groupId).toBe(scenario.groupId);
    expect(plan.point.backup.uid).toBe('b1');
    expect(plan.restoreSpec).toMatchObject({
      backupName: 'nightly-1',
      includedNamespaces: ['shop', 'shop-db'],
      namespaceMapping: { shop: 'shop-copy' },
      restorePVs: true,
      existingResourcePolicy: 'none',
    });
    expect(plan.targets).toEqual([
      { source: 'shop', name: 'shop-copy', reserved: true },
      { source: 'shop-db', name: 'shop-db', uid: uidOf('namespace shop-db'), reserved: false },
    ]);
    expect(plan.policies).toEqual([{ name: 'default', generation: 1 }]);
  });
});

describe('what is refused', () => {
  test('has no plan', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.state.policyViews = [];
    expect(await scenario.validate()).not.toHaveProperty('plan');
  });

  test('is told all at once, each failure with its check, and the checks in their order', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.requester = { username: 'mallory' };
    scenario.access.destination = { cluster: uidOf('cluster elsewhere') };
    scenario.state.groups = [];
    scenario.backup = { ...scenario.backup, status: { ...scenario.backup.status, phase: 'Failed' } };
    scenario.restore = { ...scenario.restore, includedResources: ['nodes'] };
    scenario.signedRestore = {};
    scenario.state.putNamespace(namespaceView('shop', { terminating: true }));
    scenario.state.policyViews = [policyView({ volumes: [] })];
    expect(await told(scenario)).toEqual([
      'token: Passed',
      'requester: RequesterMismatch',
      'requester: NotOwner',
      'destination: DestinationMismatch',
      'group: GroupGone',
      'point: PointNotReady',
      'ownership: Passed',
      'scope: ScopeExceeded',
      'scope: ResourceExcluded',
      'targets: NamespaceTaken',
      'policy: PolicyDenied',
    ]);
  });

  test.each<[string, (scenario: RecoveryScenario) => void | Promise<void>, string[]]>([
    [
      'without a point nothing is said of its owner, scope and targets',
      ({ access }) => {
        access.point = { ...access.point, backup: 'none' };
      },
      ['point: PointNotFound', 'ownership: NotRun', 'scope: NotRun', 'targets: NotRun', 'policy: Passed'],
    ],
    [
      'nor where another backup has its name',
      async ({ access }) => {
        access.point = { ...access.point, source: (await FakeCluster.create('other')).id };
      },
      ['point: PointShadowed', 'ownership: NotRun', 'scope: NotRun', 'targets: NotRun', 'policy: Passed'],
    ],
    [
      'without a stamp nothing is said of scope and targets',
      scenario => {
        scenario.stampSigner = undefined;
      },
      ['point: Passed', 'ownership: PointNotStamped', 'scope: NotRun', 'targets: NotRun', 'policy: Passed'],
    ],
    [
      'nor where the point is another group’s',
      ({ stamp }) => {
        stamp.groups = stamp.groups.map(group => ({ ...group, id: `${uidOf('x')}/${uidOf('y')}` }));
      },
      ['point: Passed', 'ownership: PointNotOwned', 'scope: NotRun', 'targets: NotRun', 'policy: Passed'],
    ],
  ])('%s', async (_, flaw, expected) => {
    const scenario = await RecoveryScenario.create();
    await flaw(scenario);
    expect((await told(scenario)).slice(4)).toEqual(expected);
    expect(await scenario.verdict()).not.toBe('allowed');
  });

  test('has a result for every check', async () => {
    for (const spoil of [
      (scenario: RecoveryScenario) => scenario.recoverInto('kube-system'),
      (scenario: RecoveryScenario) => scenario.logIn('mallory'),
      (scenario: RecoveryScenario) => {
        scenario.grant.sub = 'mallory';
      },
    ]) {
      const scenario = await RecoveryScenario.create();
      spoil(scenario);
      const { outcome, results } = await scenario.validate();
      expect(outcome).toBe('refused');
      expect([...new Set(results.map(({ check }) => check))]).toEqual(CHECKS);
    }
  });

  test('has bounded messages, whatever is in a token', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.reason = 'x';
    scenario.state.policyViews = [policyView({ reasonPattern: 'y'.repeat(5000) }, 'z'.repeat(3000))];
    const { results } = await scenario.validate();
    const failures = failuresOf(results);
    expect(failures).toHaveLength(1);
    for (const { message = '', mend = '' } of failures) {
      expect(message.length).toBeLessThanOrEqual(2048);
      expect(mend.length).toBeLessThanOrEqual(2048);
    }
  });

  test('never quotes the token', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.logIn('mallory');
    scenario.access.destination = { cluster: uidOf('cluster elsewhere') };
    const registration = await scenario.register();
    const { results } = await validate(registration, scenario.state);
    const text = JSON.stringify(results);
    for (const part of registration.accessToken.split('.')) expect(text).not.toContain(part.slice(0, 30));
  });
});

/** What is asked of the live cluster; each question is one that a stale cache cannot answer. */
const QUESTIONS: readonly (readonly [keyof ClusterState, (scenario: RecoveryScenario) => void])[] = [
  ['self', () => undefined],
  ['grantKey', () => undefined],
  ['group', () => undefined],
  ['backups', () => undefined],
  ['stampOf', () => undefined],
  ['location', () => undefined],
  ['policies', () => undefined],
  ['servedResources', () => undefined],
  ['namespace', () => undefined],
  ['claim', () => undefined],
  [
    'errorsOf',
    scenario => {
      scenario.backup = { ...scenario.backup, status: { ...scenario.backup.status, phase: 'PartiallyFailed' } };
      scenario.state.errors.set('nightly-1', new Map());
    },
  ],
  [
    'isNamespaceAdmin',
    ({ state }) => {
      state.claims.clear();
      state.admins.add('alice/shop').add('alice/shop-db');
    },
  ],
];

describe('what cannot be told', () => {
  test.each(QUESTIONS)('%s: it is neither allowed nor refused, but thrown on', async (question, given) => {
    const scenario = await RecoveryScenario.create();
    given(scenario);
    expect(await scenario.verdict()).toBe('allowed');
    scenario.state.unavailable.add(question);
    expect(await codeOf(() => scenario.verdict())).toBe('StateUnavailable');
  });

  test('hasAnswered: it is neither allowed nor refused, but thrown on', async () => {
    const scenario = await RecoveryScenario.create('peer');
    scenario.nameThePlace();
    expect(await scenario.verdict()).toBe('allowed');
    scenario.state.unavailable.add('hasAnswered');
    expect(await codeOf(() => scenario.verdict())).toBe('StateUnavailable');
  });

  test('peer: it is neither allowed nor refused, but thrown on', async () => {
    const scenario = await RecoveryScenario.create('peer');
    scenario.state.unavailable.add('peer');
    expect(await codeOf(() => scenario.verdict())).toBe('StateUnavailable');
  });

  test('every question is among them', async () => {
    const { state } = await RecoveryScenario.create();
    const questions = Object.getOwnPropertyNames(Object.getPrototypeOf(state)).filter(
      name => !['constructor', 'putNamespace', 'claimFor', 'allPeers'].includes(name),
    );
    expect(questions.sort()).toEqual([...QUESTIONS.map(([question]) => question), 'hasAnswered', 'peer'].sort());
  });

  test('a bug in a check does not allow', async () => {
    const scenario = await RecoveryScenario.create();
    scenario.state.location = () => {
      throw new TypeError('a bug');
    };
    await expect(scenario.verdict()).rejects.toThrow(TypeError);
  });
});

test('the same registration and state give the same validation', async () => {
  for (const spoil of [() => undefined, (scenario: RecoveryScenario) => scenario.recoverInto('kube-system')]) {
    const scenario = await RecoveryScenario.create();
    spoil(scenario);
    const registration = await scenario.register();
    const [first, second] = [
      await validate(registration, scenario.state),
      await validate(structuredClone(registration), scenario.state),
    ];
    expect(second).toEqual(first);
  }
});

test('neither registration nor state is changed by judging', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.recoverInto('shop-copy');
  const registration = await scenario.register();
  const before = structuredClone({
    registration,
    backups: scenario.state.backupViews,
    policies: scenario.state.policyViews,
  });
  await validate(registration, scenario.state);
  expect({ registration, backups: scenario.state.backupViews, policies: scenario.state.policyViews }).toEqual(before);
});
