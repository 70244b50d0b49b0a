import { beforeEach, describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView } from '../../test/fakes/fake-cluster-state.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import type { BackupView } from '../state/views.ts';
import { listPoints, type PointsOf } from './list-points.ts';

let scenario: RecoveryScenario;
let backups: BackupView[];
let group: PointsOf;

beforeEach(async () => {
  scenario = await RecoveryScenario.create();
  group = {
    groupId: scenario.groupId,
    namespaces: ['shop', 'shop-db'],
    lineage: [scenario.source.id],
    cluster: scenario.source.id,
  };
  backups = [];
});

/** A stamped backup of the group, `hour` o'clock that day. */
const add = async (name: string, part: Partial<BackupView> = {}, hour = 3): Promise<void> => {
  const startTimestamp = `2026-03-02T${String(hour).padStart(2, '0')}:00:00Z`;
  const claims = { ...scenario.stamp, backup: { ...scenario.stamp.backup, name, startTime: startTimestamp } };
  const stamp = await scenario.source.issueStamp(claims);
  backups.push({ ...scenario.backup, name, uid: name, stamp, status: { phase: 'Completed', startTimestamp }, ...part });
};

const list = (wish: Parameters<typeof listPoints>[2] = {}) => listPoints(backups, group, wish, scenario.state, NOW);
const namesOf = async (wish?: Parameters<typeof listPoints>[2]) => (await list(wish)).map(({ backup }) => backup);

test('a point is told with its source, times and namespaces', async () => {
  await add('nightly-1', {
    status: {
      phase: 'Completed',
      startTimestamp: '2026-03-02T03:00:00Z',
      completionTimestamp: '2026-03-02T03:05:00Z',
      expiration: '2026-04-01T03:00:00Z',
    },
  });
  expect(await list()).toEqual([
    {
      backup: 'nightly-1',
      source: scenario.source.id,
      startTime: '2026-03-02T03:00:00Z',
      completionTime: '2026-03-02T03:05:00Z',
      expiryTime: '2026-04-01T03:00:00Z',
      namespaces: ['shop', 'shop-db'],
      phase: 'Completed',
      usable: true,
    },
  ]);
});

describe('points are', () => {
  test('newest first, by time and not by name or order', async () => {
    await add('a', {}, 5);
    await add('c', {}, 1);
    await add('b', {}, 9);
    expect(await namesOf()).toEqual(['b', 'a', 'c']);
  });

  test.each([
    [{ since: '2026-03-02T05:00:00Z' }, ['c', 'b']],
    [{ until: '2026-03-02T05:00:00Z' }, ['b', 'a']],
    [{ since: '2026-03-02T05:00:01Z', until: '2026-03-02T08:59:59Z' }, []],
    [{ since: '2026-03-02T06:00:00+01:00', until: '2026-03-02T10:00:00+01:00' }, ['c', 'b']],
    [{ limit: 1 }, ['c']],
    [{ limit: 1, until: '2026-03-02T05:00:00Z' }, ['b']],
  ])('those of %j: %j', async (wish, names) => {
    await add('a', {}, 1);
    await add('b', {}, 5);
    await add('c', {}, 9);
    expect(await namesOf(wish)).toEqual(names);
  });

  test('at most a hundred unless told', async () => {
    await add('nightly', {}, 3);
    const [one] = backups;
    if (one === undefined) throw new TypeError('there is no backup');
    backups = Array.from({ length: 120 }, (_, index) => ({ ...one, uid: String(index) }));
    expect(await namesOf()).toHaveLength(100);
    expect(await namesOf({ limit: 110 })).toHaveLength(110);
  });
});

describe('not told is', () => {
  const stamped = async (change: (claims: typeof scenario.stamp) => typeof scenario.stamp) =>
    scenario.source.issueStamp(change(scenario.stamp));

  test.each<[string, () => void | Promise<void>]>([
    [
      'a backup without stamp',
      () =>
        add('nightly-1').then(() => {
          backups = backups.map(({ stamp, ...backup }) => {
            expect(stamp).toBeDefined();
            return backup;
          });
        }),
    ],
    [
      'a backup with the stamp of another',
      () =>
        add('nightly-1').then(() => {
          backups = backups.map(backup => ({ ...backup, name: 'nightly-2' }));
        }),
    ],
    ['a backup that Velero of another namespace made', () => add('nightly-1', { namespace: 'velero-2' })],
    [
      'a backup of another group',
      async () => {
        const groupId = `${scenario.source.id}/${uidOf('group other')}`;
        const stamp = await stamped(claims => ({
          ...claims,
          groups: claims.groups.map(each => ({ ...each, id: groupId })),
        }));
        await add('nightly-1', { stamp });
      },
    ],
    [
      'a backup that holds none of the namespaces of the group now',
      async () => {
        group = { ...group, namespaces: ['shop-new'] };
        await add('nightly-1');
      },
    ],
    [
      'a backup of a cluster that does not speak for the group',
      async () => {
        group = { ...group, lineage: [uidOf('cluster other')] };
        await add('nightly-1');
      },
    ],
    [
      'a backup whose stamp is signed by a revoked key',
      async () => {
        scenario.state.ownKeys = scenario.here.publicKeys('Revoked');
        await add('nightly-1');
      },
    ],
  ])('%s', async (_, given) => {
    await given();
    expect(backups).toHaveLength(1);
    expect(await list()).toEqual([]);
  });

  test('a namespace that left the group since, nor one that came since', async () => {
    await add('nightly-1');
    group = { ...group, namespaces: ['shop-db', 'shop-new'] };
    expect((await list())[0]?.namespaces).toEqual(['shop-db']);
  });
});

describe('a point that cannot be used says why', () => {
  test.each<[string, Partial<BackupView>]>([
    ['PointNotReady', { status: { phase: 'Failed', startTimestamp: '2026-03-02T03:00:00Z' } }],
    ['PointNotReady', { status: { phase: 'PartiallyFailed', startTimestamp: '2026-03-02T03:00:00Z' } }],
    ['PointNotReady', { status: { startTimestamp: '2026-03-02T03:00:00Z' } }],
    ['PointNotReady', { deleting: true }],
    [
      'PointExpired',
      { status: { phase: 'Completed', startTimestamp: '2026-03-02T03:00:00Z', expiration: NOW.toISOString() } },
    ],
    ['LocationUnavailable', { location: 'gone' }],
  ])('%s', async (code, part) => {
    await add('nightly-1', part);
    expect(await list()).toMatchObject([{ backup: 'nightly-1', usable: false, code, message: expect.any(String) }]);
  });

  test('in so many characters as an answer may hold', async () => {
    await add('nightly-1', { location: 'x'.repeat(5000) });
    expect((await list())[0]?.message).toHaveLength(1024);
  });

  test('by the namespaces of the group alone', async () => {
    await add('nightly-1', { status: { phase: 'PartiallyFailed', startTimestamp: '2026-03-02T03:00:00Z' } });
    scenario.state.errors.set(
      'nightly-1',
      new Map([
        ['shop-db', 1],
        ['billing', 7],
      ]),
    );
    expect(await list()).toMatchObject([{ usable: false }]);
    group = { ...group, namespaces: ['shop'] };
    expect(await list()).toMatchObject([{ usable: true }]);
  });
});

describe('errors that Velero lists under no namespace', () => {
  const partiallyFailed = { status: { phase: 'PartiallyFailed', startTimestamp: '2026-03-02T03:00:00Z' } } as const;

  test('leave the point usable, and are told', async () => {
    await add('nightly-1', partiallyFailed);
    scenario.state.errors.set('nightly-1', new Map());
    scenario.state.unattributedErrors = 3;
    expect(await list()).toMatchObject([
      { usable: true, message: expect.stringContaining('3 errors of which Velero names no namespace') },
    ]);
  });

  test('are told of no other backup', async () => {
    await add('nightly-1');
    scenario.state.unattributedErrors = 3;
    const [point] = await list();
    expect(point?.usable).toBe(true);
    expect(point?.message).toBeUndefined();
  });
});

test('points of a peer are told where its stamps are trusted', async () => {
  scenario = await RecoveryScenario.create('peer');
  await add('nightly-1');
  group = {
    groupId: scenario.groupId,
    namespaces: ['shop'],
    lineage: [scenario.source.id],
    cluster: scenario.source.id,
  };
  expect(await namesOf()).toEqual(['nightly-1']);
  scenario.state.peers = [peerView(scenario.source, { keys: [] })];
  expect(await namesOf()).toEqual([]);
});

test.each(['self', 'stampOf', 'location'] as const)('where nobody can tell %s, nothing is told', async question => {
  await add('nightly-1');
  scenario.state.unavailable.add(question);
  expect(await codeOf(() => list())).toBe('StateUnavailable');
});
