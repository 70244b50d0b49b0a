import { describe, expect, test } from 'vitest';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { validationDigest } from './validated-plan.ts';

const RECOVERY = uidOf('recovery');

/** A recovery that has one namespace made and one that lives. */
const create = async (): Promise<RecoveryScenario> => {
  const scenario = await RecoveryScenario.create();
  scenario.allowNewNamespaces();
  scenario.state.policyViews.push(policyView({}, 'another'));
  scenario.recoverInto('shop-copy');
  return scenario;
};

const digestOfScenario = async (scenario: RecoveryScenario, recovery = RECOVERY): Promise<string> =>
  validationDigest(recovery, await scenario.plan());

describe('the validation digest is the same', () => {
  test.each<[string, (scenario: RecoveryScenario) => void]>([
    ['with nothing changed', () => undefined],
    [
      'at another time',
      scenario => {
        scenario.now = new Date('2026-03-09T12:00:00Z');
      },
    ],
    [
      'for another user of the same right',
      scenario => {
        scenario.setOwners({ kind: 'User', name: 'bob' });
        scenario.logIn('bob');
      },
    ],
    [
      'with policies, served resources and namespaces in another order',
      ({ state, stamp, grant }) => {
        state.policyViews.reverse();
        state.served = [...state.served].reverse();
        grant.namespaces.reverse();
        for (const group of stamp.groups) group.namespaces.reverse();
      },
    ],
    [
      'with what does not judge this recovery changed',
      ({ state }) => {
        state.policyViews.push(policyView({ match: { groups: ['x/y'] } }, 'others', 7));
        state.putNamespace(namespaceView('billing'));
        state.peers = [];
      },
    ],
    [
      'after its target was reserved, which is part of this very recovery',
      scenario => {
        const reserved = namespaceView('shop-copy', { reservedBy: scenario.hash, mark: scenario.hash });
        scenario.state.putNamespace(reserved);
        scenario.state.claimFor(reserved, scenario.groupId);
      },
    ],
    [
      'with the backup synced under another UID and location',
      scenario => {
        scenario.backup = { ...scenario.backup, uid: 'b2', location: 'default-2' };
        scenario.state.locations = [{ namespace: 'velero', name: 'default-2', phase: 'Available' }];
      },
    ],
  ])('%s', async (_, change) => {
    const before = await digestOfScenario(await create());
    const scenario = await create();
    change(scenario);
    expect(await digestOfScenario(scenario)).toBe(before);
  });
});

describe('the validation digest is another', () => {
  test.each<[string, (scenario: RecoveryScenario) => void]>([
    [
      'for another point',
      scenario => {
        scenario.backup = { ...scenario.backup, name: 'nightly-2' };
        scenario.stamp.backup.name = 'nightly-2';
        scenario.access.point = { ...scenario.access.point, backup: 'nightly-2' };
      },
    ],
    [
      'for another run of the backup',
      scenario => {
        const startTimestamp = '2026-03-01T03:00:00Z';
        scenario.backup = { ...scenario.backup, status: { ...scenario.backup.status, startTimestamp } };
        scenario.stamp.backup.startTime = startTimestamp;
      },
    ],
    [
      'for another stamp',
      ({ stamp }) => {
        stamp.jti = 'stamp-2';
      },
    ],
    [
      'for another choice of volumes',
      scenario => {
        scenario.restore = { ...scenario.restore, volumes: 'Skip' };
      },
    ],
    [
      'for another choice of resources',
      scenario => {
        scenario.restore = { ...scenario.restore, excludedResources: ['pods'] };
      },
    ],
    ['for another target', scenario => scenario.recoverInto('shop-copy-2')],
    [
      'for fewer namespaces',
      ({ grant }) => {
        grant.namespaces = grant.namespaces.filter(([name]) => name === 'shop');
      },
    ],
    [
      'with a resource more that is never restored',
      ({ state }) => {
        state.served = [...state.served, { group: 'x.io', plural: 'clusterthings', namespaced: false }];
      },
    ],
    [
      'with a target made anew',
      scenario => {
        const again = namespaceView('shop-db', { uid: uidOf('shop-db, the second') });
        scenario.state.putNamespace(again);
        scenario.state.claimFor(again, scenario.groupId);
      },
    ],
    [
      'with a target gone',
      ({ state }) => {
        state.namespaces.delete('shop-db');
      },
    ],
    [
      'with a target that was absent made by somebody else, though the group’s',
      scenario => {
        const made = namespaceView('shop-copy');
        scenario.state.putNamespace(made);
        scenario.state.claimFor(made, scenario.groupId);
      },
    ],
    [
      'with a policy changed',
      ({ state }) => {
        state.policyViews = state.policyViews.map(policy => ({ ...policy, generation: 2 }));
      },
    ],
    [
      'with a policy more',
      ({ state }) => {
        state.policyViews.push(policyView({}, 'third'));
      },
    ],
    [
      'with a policy of another name',
      ({ state }) => {
        state.policyViews = state.policyViews.map(policy => ({ ...policy, name: `${policy.name}-2` }));
      },
    ],
  ])('%s', async (_, change) => {
    const before = await digestOfScenario(await create());
    const scenario = await create();
    change(scenario);
    expect(await digestOfScenario(scenario)).not.toBe(before);
  });

  test('for another Recovery', async () => {
    const scenario = await create();
    expect(await digestOfScenario(scenario)).not.toBe(await digestOfScenario(scenario, uidOf('another recovery')));
  });
});

test('a target of this recovery stays reserved once it lives; any other has its UID', async () => {
  const scenario = await create();
  scenario.state.putNamespace(namespaceView('shop-copy', { reservedBy: scenario.hash }));
  expect((await scenario.plan()).targets).toEqual([
    { source: 'shop', name: 'shop-copy', reserved: true, uid: uidOf('namespace shop-copy') },
    { source: 'shop-db', name: 'shop-db', reserved: false, uid: uidOf('namespace shop-db') },
  ]);
});
