import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
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
