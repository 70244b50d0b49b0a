import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState, namespaceView, peerView } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import type { FormerGroup } from '../requests/former-groups.ts';
import { stampedGroupId } from './stamped-group-id.ts';

/** A group as this cluster stamped it last, before the catalogue was installed anew. */

let server: FakeObjectServer;
let here: FakeCluster;
let state: FakeClusterState;
let former: FormerGroup[];
let mayHold: (namespace: string) => Promise<boolean>;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  here = await FakeCluster.create('dr');
  state = new FakeClusterState(here);
  for (const name of ['shop', 'shop-db']) state.putNamespace(namespaceView(name));
  former = [stamped('shop', ['shop', 'shop-db'])];
  mayHold = async () => true;
});

afterEach(() => server.stop());

const idOf = (name: string): string => `${here.id}/${uidOf(`group ${name}`)}`;

const stamped = (
  name: string,
  namespaces: readonly string[],
  { cluster = here, time = NOW }: { readonly cluster?: FakeCluster; readonly time?: Date } = {},
): FormerGroup => ({
  group: {
    ...{ id: idOf(name), namespace: 'shop', name },
    namespaces: namespaces.map((each): [string, string] => [each, uidOf(`namespace ${each}`)]),
    owners: [{ kind: 'User', name: 'alice' }],
  },
  cluster: cluster.cluster,
  stamp: { jti: uidOf(`stamp of ${name}`), startTime: time.toISOString() },
});

const heirOf = (name: string, namespaces: readonly string[]) => {
  const group: ApplicationGroup = {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: { namespace: 'shop', name },
    spec: { namespaces: [...namespaces], owners: [{ kind: 'User', name: 'bob' }] },
  };
  return server.put(OWN.applicationGroups, group);
};

const given = (name = 'shop', namespaces: readonly string[] = ['shop', 'shop-db']) =>
  stampedGroupId(heirOf(name, namespaces), {
    ...{ client: server.client, mayHold },
    state: {
      self: () => state.self(),
      peer: id => state.peer(id),
      group: id => state.group(id),
      namespace: each => state.namespace(each),
      allClaims: () => [...state.claims.values()],
    },
    formerGroups: async () => former,
  });

const claims = () => server.list(OWN.namespaceClaims).map(({ metadata, spec }) => [metadata.name, spec]);

describe('a group that only stamps tell of', () => {
  test('is continued by one over the very same namespaces, which are claimed for it', async () => {
    expect(await given('heir', ['shop', 'shop-db', 'more'])).toBe(idOf('shop'));
    const group = { namespace: 'shop', name: 'heir' };
    expect(claims()).toEqual(
      ['shop', 'shop-db'].map(namespace => [
        uidOf(`namespace ${namespace}`),
        { namespace, groupID: idOf('shop'), group },
      ]),
    );
  });

  test('though one of its namespaces was another one’s before', async () => {
    former = [...former, stamped('till', ['shop-db', 'till'], { time: new Date(NOW.getTime() - 1000) })];
    expect(await given()).toBe(idOf('shop'));
  });

  test('once more after a crash between two claims', async () => {
    await given();
    server.remove(OWN.namespaceClaims, { name: uidOf('namespace shop-db') });
    expect(await given()).toBe(idOf('shop'));
    expect(claims()).toHaveLength(2);
  });

  test('of two heirs by one only: the other begins again, and sees the claims', async () => {
    await given('first');
    await expect(given('second')).rejects.toThrow('was claimed by another group a moment ago');
    expect(claims().map(([, spec]) => spec)).toEqual([
      expect.objectContaining({ group: { namespace: 'shop', name: 'first' } }),
      expect.objectContaining({ group: { namespace: 'shop', name: 'first' } }),
    ]);
  });
});

test.each<[string, string, { readonly namespace: string; readonly name: string }]>([
  ['under another ID', 'other', { namespace: 'shop', name: 'shop' }],
  ['by a group of that name elsewhere', 'shop', { namespace: 'elsewhere', name: 'shop' }],
])('a namespace that was claimed a moment ago %s is not taken', async (_, id, group) => {
  server.put(OWN.namespaceClaims, {
    apiVersion: GROUP_VERSION,
    kind: 'NamespaceClaim',
    metadata: { name: uidOf('namespace shop') },
    spec: { namespace: 'shop', groupID: idOf(id), group },
  });
  await expect(given()).rejects.toThrow('was claimed by another group a moment ago');
  expect(claims()).toHaveLength(1);
});

describe('nobody gets the ID of a group', () => {
  const expectNone = async (...heir: Parameters<typeof given>): Promise<void> => {
    expect(await given(...heir)).toBeUndefined();
    expect(claims()).toEqual([]);
  };

  test('with a part of its namespaces', () => expectNone('shop', ['shop']));

  test('of which one is gone', async () => {
    state.namespaces.delete('shop-db');
    await expectNone();
  });

  test('of which one was made anew', async () => {
    state.putNamespace(namespaceView('shop-db', { uid: uidOf('another namespace') }));
    await expectNone();
  });

  test('that lives', async () => {
    const named = { id: idOf('shop'), uid: uidOf('group shop'), namespace: 'shop', name: 'shop', owners: [] };
    const status = { claimed: [], deleting: false, ready: true, message: '', points: 0 };
    state.groups = [{ ...named, ...status, requested: ['cart'] }];
    await expectNone();
  });

  test('of which a claim is left: that tells more than a stamp', async () => {
    state.claimFor(namespaceView('cart'), idOf('shop'));
    await expectNone();
  });

  test('on the word of a peer, which may write any UID', async () => {
    const peer = await FakeCluster.create('prod');
    state.peers = [peerView(peer, { speaksFor: [here.id] })];
    former = [stamped('shop', ['shop', 'shop-db'], { cluster: peer })];
    await expectNone();
  });

  test('if one of its namespaces was backed up later as another one’s', async () => {
    former = [...former, stamped('till', ['shop-db', 'till'], { time: new Date(NOW.getTime() + 1000) })];
    await expectNone();
  });

  test('where two could be meant', async () => {
    state.putNamespace(namespaceView('cart'));
    former = [...former, stamped('cart', ['cart'])];
    await expectNone('all', ['shop', 'shop-db', 'cart']);
  });

  test('without a right to each namespace', async () => {
    mayHold = async namespace => namespace !== 'shop-db';
    await expectNone();
  });
});
