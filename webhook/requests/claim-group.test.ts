import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Owner } from '../../api/kinds/group-parts.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { peerView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { keptCodeOf } from '../../test/fakes/kept-code-of.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { START_TIME, stampClaims } from '../../test/fakes/sample-claims.ts';
import { registeredAs } from '../controllers/registered-as.ts';
import type { BackupView } from '../state/views.ts';
import { type ClaimRequest, claimGroup } from './claim-group.ts';
import type { FormerGroup } from './former-groups.ts';

/** `shop/shop` was alice's when it was last backed up; then its namespaces were deleted, its registration with them. */

const LATER = '2026-03-02T10:00:00Z';

let catalogue: LiveCatalogue;
let groupId: string;
/** UID of the group object that a pipeline made anew. */
let anew: string;
let former: FormerGroup[];
let admins: Set<string>;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  groupId = catalogue.groupId('shop');
  anew = `${catalogue.cluster.id}/${uidOf('group shop, the second')}`;
  former = [formerOf(catalogue.cluster)];
  admins = new Set(['alice/shop', 'alice/shop-db']);
});

afterEach(() => catalogue.stop());

const ownerOf = (owner: string | Owner): Owner => (typeof owner === 'string' ? { kind: 'User', name: owner } : owner);

const formerOf = (cluster: FakeCluster, owner: string | Owner = 'alice', activeSince?: string): FormerGroup => {
  const [group] = stampClaims(catalogue.cluster).groups;
  if (group === undefined) throw new TypeError('the sample has no group');
  return {
    group: { ...group, owners: [ownerOf(owner)], ...(activeSince ? { activeSince } : {}) },
    cluster: cluster.cluster,
    stamp: { jti: 'stamp-1', startTime: START_TIME },
  };
};

const NAMES = ['shop', 'shop-db'];

/** The namespaces, empty, with other UIDs; claimed for the group that was made with them, if one was. */
const makeAnew = (id?: string): void => {
  for (const name of NAMES) {
    catalogue.putNamespace(name, uidOf(`namespace ${name}, anew`));
    if (id !== undefined) catalogue.putClaim(name, id, uidOf(`namespace ${name}, anew`));
  }
};

/** A pipeline made namespaces and group anew; the group is another one, for all that anybody can see. */
const byPipeline = (owner: string | Owner = 'alice'): void => {
  makeAnew(anew);
  const spec = { namespaces: [...NAMES], owners: [ownerOf(owner)] };
  catalogue.putBareGroup('shop', { spec, status: { groupID: anew } });
};

const claim = async (part: Partial<ClaimRequest> = {}) => {
  await catalogue.follow();
  const { state, log } = catalogue;
  return claimGroup(
    { group: 'shop', requester: { username: 'alice' }, time: NOW.toISOString(), dryRun: false, ...part },
    {
      client: catalogue.server.client,
      // The API server's own authorizer answers who is admin; here a list does.
      state: Object.assign(Object.create(state), {
        isNamespaceAdmin: async ({ username }: { username: string }, name: string) => admins.has(`${username}/${name}`),
        self: () => state.self(),
        peer: (id: string) => state.peer(id),
        group: (id: string) => state.group(id),
        namespace: (name: string) => state.namespace(name),
        policies: () => state.policies(),
        stampOf: (backup: BackupView) => state.stampOf(backup),
      }),
      formerGroups: async () => former,
      backupsOf: () => state.allBackups(),
      log,
      clock: () => NOW.getTime(),
    },
  );
};

const group = (): Stored<ApplicationGroup> | undefined => catalogue.server.list(OWN.applicationGroups)[0];
const claimedIds = (): string[] => catalogue.server.list(OWN.namespaceClaims).map(({ spec }) => spec.groupID);

describe('an owner by the newest backup, who is admin of the new namespaces', () => {
  test('has the group that a pipeline made continue the old one', async () => {
    byPipeline();
    expect(await claim()).toEqual({ id: groupId, namespace: 'shop', name: 'shop', namespaces: NAMES });
    expect(claimedIds()).toEqual([groupId, groupId]);
    const object = group();
    expect(object && registeredAs(object)).toEqual({ groupID: groupId });
  });

  test('has it registered, where only the namespaces were made', async () => {
    makeAnew();
    await claim();
    expect(claimedIds()).toEqual([groupId, groupId]);
    expect(group()).toMatchObject({ spec: { namespaces: NAMES, owners: [{ kind: 'User', name: 'alice' }] } });
  });

  test('may say so again: nothing changes', async () => {
    byPipeline();
    await claim();
    const first = group();
    await claim();
    expect(group()).toEqual(first);
  });

  test('can try it first', async () => {
    byPipeline();
    expect(await claim({ dryRun: true })).toMatchObject({ id: groupId });
    expect(claimedIds()).toEqual([anew, anew]);
  });

  test('links a namespace to the group that lives, whose other ones were never gone', async () => {
    catalogue.putGroup('shop', { namespaces: NAMES });
    catalogue.putNamespace('shop-db', uidOf('namespace shop-db, anew'));
    await claim();
    expect(claimedIds()).toEqual([groupId, groupId, groupId]);
  });
});

describe('nothing is linked', () => {
  test.each<[string, string, () => Partial<ClaimRequest> | undefined]>([
    [
      'NotOwner',
      'for a stranger who took the freed names, and owns what they made',
      () => {
        byPipeline('mallory');
        admins = new Set(['mallory/shop', 'mallory/shop-db']);
        return { requester: { username: 'mallory' } };
      },
    ],
    [
      'NotOwner',
      'for an owner of an older backup, who left',
      () => {
        byPipeline('bob');
        return { requester: { username: 'bob' } };
      },
    ],
    [
      'NotOwner',
      'for the pipeline itself, whatever it may do',
      () => {
        const username = 'system:serviceaccount:ci:deployer';
        const owner: Owner = { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' };
        byPipeline(owner);
        former = [formerOf(catalogue.cluster, owner)];
        admins = new Set([`${username}/shop`, `${username}/shop-db`]);
        return { requester: { username } };
      },
    ],
    [
      'NotOwner',
      'for who is none of the owners that the pipeline names',
      () => {
        byPipeline('bob');
        return undefined;
      },
    ],
    [
      'NamespaceAdminRequired',
      'into namespaces that somebody else made',
      () => {
        makeAnew();
        admins = new Set();
        return undefined;
      },
    ],
    [
      'NamespaceAdminRequired',
      'if one of them is somebody else’s',
      () => {
        byPipeline();
        admins.delete('alice/shop-db');
        return undefined;
      },
    ],
    [
      'NamespaceClaimed',
      'over the claim of another group',
      () => {
        byPipeline();
        catalogue.putClaim('shop-db', catalogue.groupId('other'), uidOf('namespace shop-db, anew'));
        return undefined;
      },
    ],
    [
      'NamespaceClaimed',
      'over the claim of another group that lives',
      () => {
        byPipeline();
        catalogue.putGroup('other', { namespaces: ['other'] });
        catalogue.putClaim('shop-db', catalogue.groupId('other'), uidOf('namespace shop-db, anew'));
        return undefined;
      },
    ],
    [
      'NamespaceProtected',
      'if one of them is protected by now',
      () => {
        byPipeline();
        catalogue.server.put(OWN.recoveryPolicies, {
          apiVersion: GROUP_VERSION,
          kind: 'RecoveryPolicy',
          metadata: { name: 'default' },
          spec: { ...policyView().spec, protectedNamespaces: ['shop-db'] },
        });
        return undefined;
      },
    ],
    ['NamespaceNotFound', 'where there is none', () => undefined],
    [
      'NamespaceNotFound',
      'while one of them is being deleted',
      () => {
        byPipeline();
        const [name, uid] = ['shop-db', uidOf('namespace shop-db, anew')];
        const metadata = { name, uid, deletionTimestamp: START_TIME };
        catalogue.server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
        return undefined;
      },
    ],
    [
      'GroupAmbiguous',
      'if two groups of that name are gone',
      () => {
        makeAnew();
        const [one] = former;
        if (one) former.push({ ...one, group: { ...one.group, id: anew } });
        return undefined;
      },
    ],
  ])('%s: %s', async (code, _, given) => {
    const part = given();
    const before = claimedIds();
    expect(await keptCodeOf('claim', () => claim(part))).toBe(code);
    expect(claimedIds()).toEqual(before);
  });

  test('on the word of a peer’s stamp, unless an operator said that it speaks for groups of this cluster (T58)', async () => {
    makeAnew();
    const peer = await FakeCluster.create('dr');
    former = [formerOf(peer, 'alice', LATER)];
    const { keys } = peerView(peer);
    catalogue.putIdentity('dr', { clusterID: peer.id, keys: [...keys], identityTrust: { users: ['alice'] } });
    expect(await codeOf(() => claim())).toBe('NotOwner');
  });
});

describe('of several groups of its name that were the owner’s', () => {
  /** The group that a pipeline made was backed up too, and is known by that. */
  const backUpAnew = (): void => {
    const [one] = former;
    if (one) former.push({ ...one, group: { ...one.group, id: anew } });
  };

  test('the one that is gone is claimed, not the one that a pipeline made and that is well', async () => {
    byPipeline();
    catalogue.putBareGroup('shop', {
      spec: { namespaces: [...NAMES], owners: [ownerOf('alice')] },
      status: {
        groupID: anew,
        conditions: [{ type: 'Ready', status: 'True', reason: 'Claimed', message: '', lastTransitionTime: START_TIME }],
      },
    });
    backUpAnew();
    expect(await claim()).toMatchObject({ id: groupId });
  });

  test('GroupAmbiguous: one that is gone, and one that is there and not well', async () => {
    byPipeline();
    backUpAnew();
    expect(await codeOf(() => claim())).toBe('GroupAmbiguous');
  });

  test('the one that was claimed stays, whatever was made and backed up in between', async () => {
    byPipeline();
    await claim();
    const object = group();
    if (object === undefined) throw new Error('nothing is registered');
    // As the controller settles it.
    catalogue.server.put(OWN.applicationGroups, { ...object, status: { groupID: groupId } });
    await expect.poll(() => catalogue.state.group(groupId)?.registered).toBe(true);
    backUpAnew();
    expect(await claim()).toMatchObject({ id: groupId });
  });
});

test('what is registered now says which namespaces are linked, not what a backup held', async () => {
  makeAnew(anew);
  const spec = { namespaces: ['shop'], owners: [ownerOf('alice')] };
  catalogue.putBareGroup('shop', { spec, status: { groupID: anew } });
  expect(await claim()).toMatchObject({ namespaces: ['shop'] });
  expect(claimedIds().toSorted()).toEqual([anew, groupId].toSorted());
});

test('a group that is registered under another name by now is claimed there', async () => {
  const spec = { namespaces: ['web'], owners: [ownerOf('alice')] };
  catalogue.putNamespace('web');
  admins.add('alice/web');
  catalogue.putBareGroup('web', { spec, status: { groupID: groupId } });
  expect(await claim()).toEqual({ id: groupId, namespace: 'web', name: 'web', namespaces: ['web'] });
});

test('where the group has no home any more, nothing is linked', async () => {
  catalogue.putNamespace('shop-db', uidOf('namespace shop-db, anew'));
  expect(await codeOf(() => claim())).toBe('NamespaceNotFound');
  expect(claimedIds()).toEqual([]);
});

describe('while it is linked', () => {
  const onClaim = (happens: () => void): void => {
    catalogue.server.meanwhile = ({ method, url }) => {
      if (method !== 'POST' || !url.endsWith('/namespaceclaims')) return;
      catalogue.server.meanwhile = () => undefined;
      happens();
    };
  };

  test('NamespaceClaimed: another group claims a namespace', async () => {
    makeAnew();
    onClaim(() => catalogue.putClaim('shop', catalogue.groupId('other'), uidOf('namespace shop, anew')));
    expect(await codeOf(() => claim())).toBe('NamespaceClaimed');
    expect(claimedIds()).toEqual([catalogue.groupId('other')]);
    expect(group()).toBeUndefined();
  });

  test('the group itself claims it, as another replica does: that is as well', async () => {
    makeAnew();
    onClaim(() => catalogue.putClaim('shop', groupId, uidOf('namespace shop, anew')));
    await claim();
    expect(claimedIds()).toEqual([groupId, groupId]);
  });

  test('an API server that does not answer is no claim', async () => {
    makeAnew();
    catalogue.server.failure = ({ method, url }) =>
      method === 'POST' && url.endsWith('/namespaceclaims') ? 500 : undefined;
    await expect(claim()).rejects.toMatchObject({ statusCode: 500 });
    expect(group()).toBeUndefined();
  });
});

describe('since when the copy here is the active one', () => {
  const since = () => {
    const object = group();
    return object && registeredAs(object)?.activeSince;
  };

  test('is not said of a group at home that was never elsewhere', async () => {
    makeAnew();
    await claim();
    expect(since()).toBeUndefined();
  });

  test('stays as its newest backup says, at home', async () => {
    former = [formerOf(catalogue.cluster, 'alice', LATER)];
    makeAnew();
    await claim();
    expect(since()).toBe(LATER);
  });

  test('is now, where the newest backup is of a cluster that had taken it over', async () => {
    const peer = await FakeCluster.create('dr');
    former = [formerOf(peer, 'alice', LATER)];
    const { keys } = peerView(peer);
    const identityTrust = { users: ['alice'] };
    const speaksFor = [catalogue.cluster.id];
    catalogue.putIdentity('dr', { clusterID: peer.id, keys: [...keys], identityTrust, speaksFor });
    makeAnew();
    await claim();
    expect(since()).toBe(NOW.toISOString());
  });

  test('is now, for a group of another home', async () => {
    const peer = await FakeCluster.create('dr');
    const [one] = former;
    if (one === undefined) throw new TypeError('there is no former group');
    former = [{ ...one, group: { ...one.group, id: `${peer.id}/${uidOf('group shop')}` } }];
    catalogue.putIdentity('dr', { clusterID: peer.id, keys: [...peer.publicKeys()] });
    makeAnew();
    await claim();
    expect(since()).toBe(NOW.toISOString());
  });
});

test('what was lost before the group changed hands stays with who had it', async () => {
  // The newest backup is bob's and holds `shop` alone; that of `shop-db` is from when the group was alice's.
  const claims = stampClaims(catalogue.cluster);
  catalogue.putBackup('nightly-1', await catalogue.cluster.issueStamp(claims));
  former = [formerOf(catalogue.cluster, 'bob')];
  makeAnew();
  catalogue.putGroup('shop', { owners: ['bob'] });
  const spec = { namespaces: [...NAMES], owners: [ownerOf('bob')] };
  catalogue.putBareGroup('shop', { spec, status: { groupID: groupId } });
  admins = new Set(['bob/shop', 'bob/shop-db']);
  const bob = { requester: { username: 'bob' } };
  expect(await keptCodeOf('claim', () => claim(bob))).toBe('NotOwner');
  expect(claimedIds()).toEqual([groupId]);
});

test('what is said of the group meanwhile stands: an owner who was taken out is not brought back', async () => {
  makeAnew(anew);
  const owners = [ownerOf('alice'), ownerOf('bob')];
  catalogue.putBareGroup('shop', { spec: { namespaces: [...NAMES], owners }, status: { groupID: anew } });
  catalogue.server.meanwhile = ({ method }) => {
    if (method !== 'PATCH') return;
    catalogue.server.meanwhile = () => undefined;
    const spec = { namespaces: [...NAMES], owners: [ownerOf('alice')] };
    catalogue.putBareGroup('shop', { spec, status: { groupID: anew } });
  };
  await expect(claim()).rejects.toThrow('changed while it was claimed');
  expect(group()?.spec.owners).toEqual([ownerOf('alice')]);
  await claim();
  expect(group()?.spec.owners).toEqual([ownerOf('alice')]);
});

test('the ID tells which of two groups of a name is meant', async () => {
  makeAnew();
  const [one] = former;
  if (one) former.push({ ...one, group: { ...one.group, id: anew } });
  expect(await claim({ group: anew })).toMatchObject({ id: anew });
});

test('a copy that was overtaken is the active one again, from the moment its owner says so', async () => {
  const condition = { type: 'ActiveElsewhere', status: 'True', reason: 'GroupActiveElsewhere' } as const;
  catalogue.putGroup('shop', {
    namespaces: NAMES,
    status: { conditions: [{ ...condition, message: 'it is elsewhere', lastTransitionTime: START_TIME }] },
  });
  await claim();
  const object = group();
  expect(object && registeredAs(object)).toEqual({ groupID: groupId, activeSince: NOW.toISOString() });
});
