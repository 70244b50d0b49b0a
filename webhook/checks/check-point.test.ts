import { expect, test } from 'vitest';
import { stampToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { FakeCluster, NOW } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { testAllowances, testRefusals } from '../../test/fakes/refusals.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import type { BackupView } from '../state/views.ts';
import { pointWarning } from './check-point.ts';

const setStatus = (scenario: RecoveryScenario, status: Partial<BackupView['status']>): void => {
  scenario.backup = { ...scenario.backup, status: { ...scenario.backup.status, ...status } };
};

const partiallyFailed = (scenario: RecoveryScenario, errors: Record<string, number>): void => {
  setStatus(scenario, { phase: 'PartiallyFailed' });
  scenario.state.errors.set('nightly-1', new Map(Object.entries(errors)));
};

/** Another cluster that is trusted here, and whose stamp is on the backup instead. */
const stampedByAnother = async (scenario: RecoveryScenario): Promise<void> => {
  const other = await FakeCluster.create('other');
  scenario.state.peers.push(peerView(other));
  scenario.stamp = { ...scenario.stamp, iss: other.urn, cluster: { id: other.id } };
  scenario.stampSigner = other.stampKey;
};

testRefusals('point', [
  {
    why: 'a name that no backup has',
    code: 'PointNotFound',
    flaw: ({ access }) => {
      access.point = { ...access.point, backup: 'nightly-2' };
    },
  },
  ...[
    'New',
    'Queued',
    'ReadyToStart',
    'FailedValidation',
    'InProgress',
    'WaitingForPluginOperations',
    'WaitingForPluginOperationsPartiallyFailed',
    'Finalizing',
    'FinalizingPartiallyFailed',
    'Failed',
    'Deleting',
    'completed',
    '',
  ].map(phase => ({
    why: `phase "${phase}"`,
    code: 'PointNotReady' as const,
    flaw: (scenario: RecoveryScenario) => {
      setStatus(scenario, { phase });
      // Of a Backup that is not partially failed, whatever is known of its errors counts for nothing.
      scenario.state.errors.set('nightly-1', new Map());
    },
  })),
  {
    why: 'no phase yet',
    code: 'PointNotReady',
    flaw: scenario => {
      const { phase, ...status } = scenario.backup.status;
      scenario.backup = { ...scenario.backup, status };
    },
  },
  {
    why: 'being deleted',
    code: 'PointNotReady',
    flaw: scenario => {
      scenario.backup = { ...scenario.backup, deleting: true };
    },
  },
  {
    why: 'partially failed, with results that nobody has read yet',
    code: 'PointNotReady',
    flaw: scenario => setStatus(scenario, { phase: 'PartiallyFailed' }),
  },
  {
    why: 'partially failed in a namespace of the group',
    code: 'PointNotReady',
    given: scenario => partiallyFailed(scenario, { billing: 3, shop: 0 }),
    flaw: scenario => partiallyFailed(scenario, { billing: 3, 'shop-db': 1 }),
  },
  {
    why: 'expired this very instant',
    code: 'PointExpired',
    flaw: scenario => setStatus(scenario, { expiration: NOW.toISOString() }),
  },
  {
    why: 'expired between registration and now',
    code: 'PointExpired',
    given: scenario => setStatus(scenario, { expiration: '2026-03-02T12:05:00Z' }),
    flaw: scenario => {
      scenario.now = new Date('2026-03-02T12:05:00Z');
    },
  },
  {
    why: 'an expiry that cannot be read',
    code: 'PointExpired',
    flaw: scenario => setStatus(scenario, { expiration: 'never' }),
  },
  {
    why: 'a location that is unavailable',
    code: 'LocationUnavailable',
    flaw: ({ state }) => {
      state.locations = [{ namespace: 'velero', name: 'default', phase: 'Unavailable' }];
    },
  },
  {
    why: 'a location of which nothing is known yet',
    code: 'LocationUnavailable',
    flaw: ({ state }) => {
      state.locations = [{ namespace: 'velero', name: 'default', phase: 'Unknown' }];
    },
  },
  {
    why: 'a location that does not exist',
    code: 'LocationUnavailable',
    flaw: scenario => {
      scenario.backup = { ...scenario.backup, location: 'archive' };
    },
  },
  {
    why: 'a location of that name in another Velero installation only',
    code: 'LocationUnavailable',
    flaw: ({ state }) => {
      state.locations = [{ namespace: 'velero-2', name: 'default', phase: 'Available' }];
    },
  },
  {
    why: 'a backup of that name, but of another trusted cluster',
    code: 'PointShadowed',
    flaw: stampedByAnother,
  },
  {
    why: 'a point of a cluster that has stamped none of that name',
    code: 'PointShadowed',
    flaw: async ({ access }) => {
      access.point = { ...access.point, source: (await FakeCluster.create('other')).id };
    },
  },
]);

testAllowances('point', [
  {
    why: 'a backup that does not expire',
    given: scenario => setStatus(scenario, { expiration: null }),
  },
  {
    why: 'a backup that expires in a moment',
    given: scenario => setStatus(scenario, { expiration: '2026-03-02T12:00:01Z' }),
  },
  {
    why: 'one that partially failed for others',
    given: scenario => partiallyFailed(scenario, { billing: 3, 'shop-2': 1, '': 2 }),
  },
  {
    why: 'one that partially failed in a namespace that left the group since',
    given: scenario => {
      partiallyFailed(scenario, { 'shop-db': 1 });
      scenario.grant.namespaces = scenario.grant.namespaces.filter(([name]) => name === 'shop');
    },
  },
  {
    why: 'the stamped one of two backups of that name in two installations',
    given: async scenario => {
      const other = await FakeCluster.create('other');
      scenario.state.peers.push(peerView(other));
      const stamp = await signToken(stampToken, stampClaims(other), other.stampKey);
      const { backup } = scenario;
      scenario.otherBackups = [
        { ...backup, namespace: 'velero-2', uid: 'b2', stamp },
        { ...backup, namespace: 'velero-3', uid: 'b3' },
      ];
    },
  },
]);

test('all that is wrong with a point is told at once', async () => {
  const scenario = await RecoveryScenario.create();
  setStatus(scenario, { phase: 'Failed', expiration: '2026-03-01T00:00:00Z' });
  scenario.backup = { ...scenario.backup, location: 'gone' };
  expect(await scenario.verdict()).toEqual([
    'point: PointNotReady',
    'point: PointExpired',
    'point: LocationUnavailable',
  ]);
});

test('the namespaces that a mapping names do not count, but those that are recovered', async () => {
  const scenario = await RecoveryScenario.create();
  scenario.recoverInto('shop-copy');
  partiallyFailed(scenario, { 'shop-copy': 1 });
  expect(await scenario.verdict()).toBe('allowed');
});

test.each<[string, string, { readonly unattributed: number } | undefined, RegExp | undefined]>([
  [
    'of errors that nobody can place',
    'PartiallyFailed',
    { unattributed: 2 },
    /2 errors of which Velero names no namespace/,
  ],
  ['of none where each names its namespace', 'PartiallyFailed', { unattributed: 0 }, undefined],
  ['of none where none are known', 'PartiallyFailed', undefined, undefined],
  ['of none where all went well', 'Completed', { unattributed: 2 }, undefined],
])('who lists points is warned %s', async (_, phase, errors, warning) => {
  const { backup } = await RecoveryScenario.create();
  const known = { outcome: 'known', byNamespace: new Map(), unattributed: 0, ...errors } as const;
  const errorsOf = () => (errors === undefined ? ({ outcome: 'unknown' } as const) : known);
  const said = pointWarning({ ...backup, status: { ...backup.status, phase } }, { errorsOf });
  if (warning === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(warning);
});
