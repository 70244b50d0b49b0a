import { beforeEach, describe, expect, test } from 'vitest';
import type { Owner } from '../../api/kinds/group-parts.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { type StampedPart, stampedBackup } from '../../test/fakes/stamped-backup.ts';
import type { BackupView } from '../state/views.ts';
import { isAnothers, ownedWhenStamped } from './owned-when-stamped.ts';

/** `shop/shop` of this cluster held namespace `shop`, which is gone. */

const here = await FakeCluster.create('here');
const dr = await FakeCluster.create('dr');
const groupId = `${here.id}/${uidOf('group shop')}`;
const GONE = uidOf('namespace shop');
const EARLIER = '2026-03-01T03:00:00Z';
const LATER = '2026-03-02T09:00:00Z';

let state: FakeClusterState;
let backups: BackupView[];

beforeEach(() => {
  state = new FakeClusterState(here);
  backups = [];
});

const user = (name: string): Owner => ({ kind: 'User', name });

const backUp = async (owner: string, startTime: string, part: StampedPart = {}, signer = here): Promise<void> => {
  const group = { owners: [user(owner)], ...part.group };
  backups.push(await stampedBackup(signer, { ...part, name: `of ${startTime}`, startTime, home: here, group }));
};

const tools = () => ({ state, backupsOf: (id: string) => (id === groupId ? backups : []) });

const owned = (username: string, namespaceUid = GONE): Promise<boolean> => {
  const claim = { namespaceUid, namespace: 'shop', groupId, group: { namespace: 'shop', name: 'shop' } };
  return ownedWhenStamped({ username }, claim, tools());
};

/** Whether what went before the namespace `shop` that is there now is somebody else's. */
const anothers = (username: string, uid = uidOf('namespace shop, anew')): Promise<boolean> =>
  isAnothers({ username }, groupId, { name: 'shop', uid }, tools());

const trustDr = (part: Parameters<typeof peerView>[1] = {}): void => {
  state.peers = [peerView(dr, { name: 'dr', trustedUsers: ['alice'], speaksFor: [here.id], ...part })];
};

describe('a namespace that is gone', () => {
  test('was its owners’, by the newest stamp that holds it, in whatever order they are found', async () => {
    await backUp('bob', EARLIER);
    await backUp('alice', LATER);
    for (const found of [backups, backups.toReversed()]) {
      backups = found;
      expect([await owned('alice'), await owned('bob')]).toEqual([true, false]);
    }
  });

  test('was nobody’s that no stamp holds', async () => {
    expect(await owned('alice')).toBe(false);
    await backUp('alice', LATER);
    expect(await owned('alice', uidOf('namespace other'))).toBe(false);
  });

  test('is told of by stamps that hold it alone, and by what they say of its group', async () => {
    await backUp('alice', EARLIER);
    await backUp('bob', LATER, { group: { namespaces: [['shop-db', uidOf('namespace shop-db')]] } });
    expect(await owned('alice')).toBe(true);
    const other = { ...groupOf('bob'), id: `${here.id}/${uidOf('group other')}` };
    await backUp('alice', '2026-03-02T10:00:00Z', { others: [other] });
    expect([await owned('alice'), await owned('bob')]).toEqual([true, false]);
  });

  test('is not told of by a stamp that is none', async () => {
    await backUp('alice', EARLIER);
    await backUp('bob', LATER);
    backups = backups.map((backup, index) => (index === 1 ? { ...backup, stamp: `${backup.stamp}x` } : backup));
    expect([await owned('alice'), await owned('bob')]).toEqual([true, false]);
  });
});

const groupOf = (owner: string) => ({
  id: groupId,
  namespace: 'shop',
  name: 'shop',
  namespaces: [['shop', GONE]] as [string, string][],
  owners: [user(owner)],
});

describe('what a peer stamped', () => {
  test('counts only where an operator said that it took the groups over', async () => {
    await backUp('alice', LATER, {}, dr);
    trustDr();
    expect(await owned('alice')).toBe(true);
    trustDr({ speaksFor: [] });
    expect(await owned('alice')).toBe(false);
  });

  test('names owners by who means the same here', async () => {
    await backUp('bob', LATER, {}, dr);
    trustDr();
    expect(await owned('bob')).toBe(false);
    trustDr({ trustedUsers: ['bob'] });
    expect(await owned('bob')).toBe(true);
  });

  test('is nobody’s once the peer is none, whatever was seen of it a moment ago', async () => {
    await backUp('alice', LATER, {}, dr);
    trustDr();
    const { peers } = state;
    let asked = 0;
    // Known while its stamp is judged, and gone when its owners are.
    state.peer = id => {
      asked += 1;
      return asked > 1 ? undefined : peers.find(({ clusterId }) => clusterId === id);
    };
    expect(await owned('alice')).toBe(false);
    expect(asked).toBeGreaterThan(1);
  });
});

test('own stamps count by own names, though this cluster is among its own peers', async () => {
  await backUp('alice', LATER);
  state.peers = [peerView(here)];
  expect(await owned('alice')).toBe(true);
});

describe('under a name that has a namespace again', () => {
  test('what was lost is another’s, if the newest stamp of what went before says so', async () => {
    await backUp('bob', LATER);
    expect([await anothers('alice'), await anothers('bob')]).toEqual([true, false]);
  });

  test('nothing was lost that the stamps hold of this very namespace, or under other names', async () => {
    await backUp('bob', LATER);
    expect(await anothers('alice', GONE)).toBe(false);
    await backUp('bob', '2026-03-02T10:00:00Z', { group: { namespaces: [['shop-db', uidOf('namespace shop-db')]] } });
    expect(await anothers('alice', GONE)).toBe(false);
  });

  test('nothing was lost that was never stamped', async () => {
    expect(await anothers('alice')).toBe(false);
  });
});
