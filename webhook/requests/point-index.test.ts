import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import type { StampVerdict } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import { PointIndex } from './point-index.ts';

let catalogue: LiveCatalogue;
let told: (readonly string[])[];
let index: PointIndex;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  told = [];
  index = follow(backup => catalogue.state.stampOf(backup));
});

afterEach(() => catalogue.stop());

const follow = (stampOf: (backup: BackupView) => Promise<StampVerdict>): PointIndex =>
  new PointIndex({
    backups: catalogue.caches.backups,
    stampOf,
    onChange: groupIds => told.push(groupIds),
    log: catalogue.log,
  });

const idOf = (cluster: FakeCluster, group: string): string => `${cluster.id}/${uidOf(`group ${group}`)}`;

/** A stamp of this cluster, or of a peer, on a backup that holds these groups. */
const stampOn = (backup: string, groups = ['shop'], cluster = catalogue.cluster): Promise<string> => {
  const claims = stampClaims(cluster);
  const [group] = claims.groups;
  if (group === undefined) throw new TypeError('the sample has no group');
  return cluster.issueStamp({
    ...claims,
    backup: { ...claims.backup, name: backup },
    groups: groups.map(name => ({ ...group, id: idOf(cluster, name), name })),
  });
};

const put = async (backup: string, groups?: string[], cluster?: FakeCluster): Promise<void> =>
  catalogue.putBackup(backup, await stampOn(backup, groups, cluster));

/** Sorted: stamps are verified side by side, and whichever is done first is indexed first. */
const namesOf = (group: string, cluster = catalogue.cluster): string[] =>
  index
    .backupsOf(idOf(cluster, group))
    .map(({ name }) => name)
    .toSorted();

const until = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { interval: 1, timeout: 5_000 });

describe('a group’s backups', () => {
  test('are those whose stamp names it', async () => {
    await Promise.all([put('a'), put('b', ['billing']), put('c', ['billing', 'shop'])]);
    await catalogue.follow();
    await until(() => expect(told).toHaveLength(3));
    expect(namesOf('shop')).toEqual(['a', 'c']);
    expect(namesOf('billing')).toEqual(['b', 'c']);
    expect(namesOf('other')).toEqual([]);
  });

  test('are none that nobody stamped, or somebody who is not trusted, or for another backup', async () => {
    catalogue.putBackup('bare', undefined);
    catalogue.putBackup('forged', 'x.y.z');
    await put('foreign', ['shop'], await FakeCluster.create('prod'));
    catalogue.putBackup('copied', await stampOn('original'));
    await put('good');
    await catalogue.follow();
    await until(() => expect(namesOf('shop')).toEqual(['good']));
    expect(told).toEqual([[idOf(catalogue.cluster, 'shop')]]);
  });

  test('are as they are now: one that is deleted is none of them', async () => {
    await put('a');
    await catalogue.follow();
    await until(() => expect(namesOf('shop')).toEqual(['a']));
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'a' });
    await until(() => expect(told).toHaveLength(2));
    expect(namesOf('shop')).toEqual([]);
    expect(told[1]).toEqual([idOf(catalogue.cluster, 'shop')]);
  });

  test('are those of its stamp now: a change is told to the group before and the one after', async () => {
    await put('a');
    await catalogue.follow();
    await until(() => expect(namesOf('shop')).toEqual(['a']));
    await put('a', ['billing']);
    await until(() => expect(namesOf('billing')).toEqual(['a']));
    expect(namesOf('shop')).toEqual([]);
    expect(told[1]?.toSorted()).toEqual(['billing', 'shop'].map(name => idOf(catalogue.cluster, name)).toSorted());
  });

  test('are none whose stamp was taken off', async () => {
    await put('a');
    await catalogue.follow();
    await until(() => expect(namesOf('shop')).toEqual(['a']));
    catalogue.putBackup('a', undefined);
    await until(() => expect(namesOf('shop')).toEqual([]));
  });
});

describe('when trusted keys change', () => {
  test('all stamps are judged anew', async () => {
    const peer = await FakeCluster.create('peer');
    await put('a', ['shop'], peer);
    await catalogue.follow();
    catalogue.caches.identities.onChange(() => index.refresh());
    expect(namesOf('shop', peer)).toEqual([]);
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys() });
    await until(() => expect(namesOf('shop', peer)).toEqual(['a']));
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys('Revoked') });
    await until(() => expect(namesOf('shop', peer)).toEqual([]));
  });
});

describe('a stamp that nobody can judge at the moment', () => {
  const isIdentities = ({ url }: { readonly url: string }): boolean => url.includes('/clusteridentities');

  test('since peers are not known yet as backups are, is judged once they are', async () => {
    const peer = await FakeCluster.create('peer');
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys() });
    await put('a', ['shop'], peer);
    await put('b', ['billing'], peer);
    catalogue.server.isHeld = isIdentities;
    const following = catalogue.follow();
    await catalogue.caches.backups.start();
    // Not told as another group's: who asks would believe that there is none.
    await until(() => expect(namesOf('shop', peer)).toEqual(['a', 'b']));
    catalogue.server.release();
    await following;
    await until(() => expect(namesOf('shop', peer)).toEqual(['a']));
    expect(namesOf('billing', peer)).toEqual(['b']);
  });

  test('is forgotten with its backup', async () => {
    const peer = await FakeCluster.create('peer');
    await put('a', ['shop'], peer);
    catalogue.server.isHeld = isIdentities;
    const following = catalogue.follow();
    await catalogue.caches.backups.start();
    await until(() => expect(namesOf('shop', peer)).toEqual(['a']));
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'a' });
    await until(() => expect(namesOf('shop', peer)).toEqual([]));
    catalogue.server.release();
    await following;
  });
});

describe('a backup that changes while its stamp is judged', () => {
  test('is told as it is, in whatever order the verdicts come', async () => {
    const verdicts: { readonly backup: BackupView; readonly give: (verdict: StampVerdict) => void }[] = [];
    index = follow(backup => {
      const { promise, resolve } = Promise.withResolvers<StampVerdict>();
      verdicts.push({ backup, give: resolve });
      return promise;
    });
    const { cluster } = catalogue;
    const valid: StampVerdict = { outcome: 'valid', claims: stampClaims(cluster), issuer: cluster.id };
    catalogue.putBackup('a', 'first');
    await catalogue.follow();
    catalogue.putBackup('a', 'second');
    await until(() => expect(verdicts.map(({ backup }) => backup.stamp)).toEqual(['first', 'second']));
    verdicts[1]?.give({ outcome: 'none' });
    verdicts[0]?.give(valid);
    await new Promise(setImmediate);
    expect(namesOf('shop')).toEqual([]);
  });

  test('and is deleted is not told', async () => {
    const verdict = Promise.withResolvers<StampVerdict>();
    index = follow(() => verdict.promise);
    const { cluster } = catalogue;
    catalogue.putBackup('a', 'first');
    await catalogue.follow();
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'a' });
    await until(() => expect(catalogue.caches.backups.size).toBe(0));
    verdict.resolve({ outcome: 'valid', claims: stampClaims(cluster), issuer: cluster.id });
    await new Promise(setImmediate);
    expect(namesOf('shop')).toEqual([]);
  });
});

test('a verdict that fails unexpectedly ends nothing', async () => {
  index = follow(async ({ name }) => {
    if (name === 'a') throw new TypeError('a bug');
    const { cluster } = catalogue;
    return { outcome: 'valid', claims: stampClaims(cluster), issuer: cluster.id };
  });
  catalogue.putBackup('a', 'x');
  catalogue.putBackup('b', 'x');
  await catalogue.follow();
  await until(() => expect(namesOf('shop')).toEqual(['b']));
});

describe('former groups', () => {
  const EARLIER = '2026-03-01T03:00:00Z';
  const LATER = '2026-03-02T09:00:00Z';

  interface OwnedPart {
    readonly startTime?: string;
    readonly owner?: string;
    readonly cluster?: FakeCluster;
  }

  /** A backup of the group shop, whose stamp names this owner. */
  const backUp = async (name: string, part: OwnedPart = {}): Promise<void> => {
    const { startTime = START_TIME, owner = 'alice', cluster = catalogue.cluster } = part;
    const claims = stampClaims(cluster);
    const stamp = await cluster.issueStamp({
      ...claims,
      backup: { ...claims.backup, name, startTime },
      groups: claims.groups.map(group => ({ ...group, owners: [{ kind: 'User', name: owner }] })),
    });
    catalogue.putBackup(name, stamp, { status: { phase: 'Completed', startTimestamp: startTime } });
  };

  const remove = (name: string): void => catalogue.server.remove(VELERO.backups, { namespace: 'velero', name });

  const owners = async (): Promise<string[]> =>
    (await index.formerGroups()).flatMap(({ group }) => group.owners.map(({ name }) => name)).toSorted();

  const untilOwners = (expected: readonly string[]) =>
    vi.waitFor(async () => expect(await owners()).toEqual(expected), { interval: 1, timeout: 5_000 });

  /** Lets a test give each verdict, in whatever order; what it gives is the genuine one. */
  const holdVerdicts = () => {
    const held = new Map<string, () => void>();
    let isHolding = true;
    index = follow(async backup => {
      if (isHolding) await new Promise<void>(resolve => held.set(backup.name, resolve));
      return catalogue.state.stampOf(backup);
    });
    return {
      names: () => [...held.keys()].toSorted(),
      give: (...names: readonly string[]) => {
        for (const name of names) held.get(name)?.();
      },
      hold: () => {
        held.clear();
        isHolding = true;
      },
      stopHolding: () => {
        isHolding = false;
      },
    };
  };

  /** The answer to a question that was asked before, or that there is none yet. */
  const sofar = async <Value>(asked: Promise<Value>): Promise<Value | 'none yet'> => {
    await new Promise(setImmediate);
    return Promise.race([asked, new Promise<'none yet'>(resolve => setImmediate(() => resolve('none yet')))]);
  };

  test('are told by the newest stamp', async () => {
    await Promise.all([
      backUp('old', { startTime: EARLIER, owner: 'bob' }),
      backUp('new', { startTime: LATER }),
      backUp('middle', { owner: 'carol' }),
    ]);
    await catalogue.follow();
    await untilOwners(['alice']);
  });

  test.each([
    ['old', 'new'],
    ['new', 'old'],
  ])('are not told before all stamps are judged, in whatever order: %s, %s', async (first, second) => {
    const verdicts = holdVerdicts();
    await Promise.all([backUp('old', { startTime: EARLIER, owner: 'bob' }), backUp('new', { startTime: LATER })]);
    await catalogue.follow();
    await until(() => expect(verdicts.names()).toEqual(['new', 'old']));
    const asked = owners();
    verdicts.give(first);
    expect(await sofar(asked)).toBe('none yet');
    verdicts.give(second);
    expect(await asked).toEqual(['alice']);
  });

  test('are told by the next newest once the newest backup is removed, and by no older one meanwhile', async () => {
    const verdicts = holdVerdicts();
    verdicts.stopHolding();
    await Promise.all([
      backUp('old', { startTime: EARLIER, owner: 'bob' }),
      backUp('new', { startTime: LATER }),
      backUp('middle', { owner: 'carol' }),
    ]);
    await catalogue.follow();
    await untilOwners(['alice']);
    verdicts.hold();
    remove('new');
    await until(() => expect(verdicts.names()).toEqual(['middle', 'old']));
    const asked = owners();
    verdicts.give('old');
    expect(await sofar(asked)).toBe('none yet');
    verdicts.give('middle');
    expect(await asked).toEqual(['carol']);
  });

  test('are forgotten with the last backup of theirs', async () => {
    await backUp('a');
    await catalogue.follow();
    await untilOwners(['alice']);
    remove('a');
    await untilOwners([]);
  });

  test('are told by the newest stamp though the backup that had it carries an older one now', async () => {
    await backUp('a', { startTime: LATER });
    await backUp('b', { owner: 'carol' });
    await catalogue.follow();
    await untilOwners(['alice']);
    await backUp('a', { startTime: EARLIER, owner: 'bob' });
    await untilOwners(['carol']);
  });

  test('are not told by a stamp that was taken off, or whose backup selects something else now', async () => {
    await backUp('a', { startTime: LATER });
    await backUp('b', { startTime: START_TIME, owner: 'bob' });
    await backUp('c', { startTime: EARLIER, owner: 'carol' });
    await catalogue.follow();
    await untilOwners(['alice']);
    catalogue.putBackup('a', undefined);
    await untilOwners(['bob']);
    const backup = catalogue.server.find(VELERO.backups, { namespace: 'velero', name: 'b' });
    if (backup === undefined) throw new TypeError('the backup is not there');
    catalogue.server.put(VELERO.backups, { ...backup, spec: { ...backup.spec, includedNamespaces: ['shop'] } });
    await untilOwners(['carol']);
  });

  test('are told by each cluster for itself, as far as its key is trusted', async () => {
    const peer = await FakeCluster.create('peer');
    await backUp('own');
    await backUp('synced', { startTime: LATER, owner: 'bob', cluster: peer });
    await catalogue.follow();
    catalogue.caches.identities.onChange(() => index.refresh());
    await untilOwners(['alice']);
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys() });
    await untilOwners(['alice', 'bob']);
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys('Revoked') });
    await untilOwners(['alice']);
  });

  test('are not told while a stamp cannot be judged, since it may be the newest; and are once it can', async () => {
    let isOutOfSight = true;
    index = follow(async backup => {
      if (isOutOfSight && backup.name === 'new') {
        throw new RecoverError({ code: 'StateUnavailable', message: 'peers are out of sight' });
      }
      return catalogue.state.stampOf(backup);
    });
    await backUp('old', { startTime: EARLIER, owner: 'bob' });
    await backUp('new', { startTime: LATER });
    await catalogue.follow();
    expect(await codeOf(owners)).toBe('StateUnavailable');
    isOutOfSight = false;
    expect(await owners()).toEqual(['alice']);
  });

  test('are not told before the backups are listed, nor when they are out of sight', async () => {
    await backUp('a');
    catalogue.server.isHeld = ({ url }) => url.includes('/backups');
    const following = catalogue.follow();
    expect(await codeOf(owners)).toBe('StateUnavailable');
    catalogue.server.release();
    await following;
    await untilOwners(['alice']);
    catalogue.nowMs += 200_000;
    expect(await codeOf(owners)).toBe('StateUnavailable');
  });
});
