import { beforeEach, describe, expect, test } from 'vitest';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { type StampedPart, stampedBackup } from '../../test/fakes/stamped-backup.ts';
import type { BackupView } from '../state/views.ts';
import { activeElsewhereCondition } from './active-elsewhere.ts';

/** `shop/shop` was first registered here, and recovered into `dr` while this cluster was away. */

const here = await FakeCluster.create('here');
const dr = await FakeCluster.create('dr');
const third = await FakeCluster.create('third');
const groupId = `${here.id}/${uidOf('group shop')}`;
const EARLIER = '2026-03-01T03:00:00Z';
const LATER = '2026-03-02T09:00:00Z';

let state: FakeClusterState;
let backups: BackupView[];

beforeEach(() => {
  state = new FakeClusterState(here);
  state.peers = [peerView(dr, { name: 'dr', speaksFor: [here.id] }), peerView(third, { name: 'third' })];
  backups = [];
});

const stamp = async (signer: FakeCluster, activeSince?: string, part: StampedPart = {}): Promise<void> => {
  const group = activeSince === undefined ? {} : { activeSince };
  backups.push(await stampedBackup(signer, { home: here, group, name: `b${backups.length}`, ...part }));
};

const told = async (activeSince?: string, id = groupId): Promise<string> => {
  const { status, reason, message } = await activeElsewhereCondition({ groupId: id, activeSince }, backups, state);
  return [status, reason, message].join(' ').trim();
};

describe('the active copy is elsewhere', () => {
  test('since a cluster that may speak for the group became it', async () => {
    await stamp(dr, LATER);
    expect(await told()).toBe(`True GroupActiveElsewhere it is active in cluster "dr" since ${LATER}`);
    expect(await told(EARLIER)).toBe(`True GroupActiveElsewhere it is active in cluster "dr" since ${LATER}`);
  });

  test('since the latest of them, in whatever order its stamps are found', async () => {
    state.peers = state.peers.map(peer => ({ ...peer, speaksFor: [here.id] }));
    await stamp(dr, LATER);
    await stamp(third, EARLIER);
    for (const found of [backups, backups.toReversed()]) {
      backups = found;
      expect(await told()).toContain('"dr"');
    }
  });
});

describe('the active copy is here', () => {
  test('where no stamp says otherwise', async () => {
    expect(await told()).toBe('False ActiveHere');
    await stamp(dr);
    expect(await told()).toBe('False ActiveHere');
  });

  test('since later, or as long', async () => {
    await stamp(dr, LATER);
    expect(await told(LATER)).toBe('False ActiveHere');
    expect(await told('2026-03-02T10:00:00Z')).toBe('False ActiveHere');
  });

  test('whatever a peer says that nobody told to speak for the group', async () => {
    await stamp(third, LATER);
    expect(await told()).toBe('False ActiveHere');
  });

  test('whatever stands in a stamp that does not count, or is this cluster’s own, or is of another group', async () => {
    await stamp(dr, LATER);
    backups = backups.map(backup => ({ ...backup, stamp: `${backup.stamp}x` }));
    await stamp(here, LATER);
    const other = stampClaims(here).groups;
    const others = other.map(group => ({ ...group, id: `${here.id}/${uidOf('group other')}`, activeSince: LATER }));
    await stamp(dr, undefined, { others });
    expect(await told()).toBe('False ActiveHere');
  });
});

test('a copy beside the one at home says nothing against itself', async () => {
  const home = uidOf('cluster home');
  await stamp(dr, LATER, { group: { id: `${home}/${uidOf('group shop')}`, activeSince: LATER } });
  state.peers = state.peers.map(peer => ({ ...peer, speaksFor: [home] }));
  expect(await told(undefined, `${home}/${uidOf('group shop')}`)).toBe('False CopyBeside');
  expect(await told(EARLIER, `${home}/${uidOf('group shop')}`)).toContain('True GroupActiveElsewhere');
});
