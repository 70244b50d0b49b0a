import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessRequest, AccessRequestSpec, RecoveryAnswer } from '../../api/kinds/access-request.ts';
import type { Owner } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { RecoveryPolicySpec } from '../../api/kinds/recovery-policy.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import type { AppGroupClaims } from '../../api/tokens/kinds.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { policyView } from '../../test/fakes/fake-cluster-state.ts';
import { keptCodeOf } from '../../test/fakes/kept-code-of.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { grantClaims, LOST_SINCE, START_TIME, sourceClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import { answerRequest } from './answer-request.ts';
import type { BackupContent } from './backup-contents.ts';
import type { ClaimRequest } from './claim-group.ts';
import { PointIndex } from './point-index.ts';
import type { PrepareWish } from './prepared-grant.ts';

const alice: Requester = { username: 'alice', groups: ['team-shop'] };
const bob: Requester = { username: 'bob' };
const wantsAll: AccessRequestSpec['wants'] = { grant: true, groups: true, points: {}, recoveries: true };

let catalogue: LiveCatalogue;
let holder: FakeHolder;
let index: PointIndex;
/** What recoveries were asked for, as group and user. */
let askedRecoveries: string[];
/** Which Backups were opened, each with the namespaces. */
let askedContents: string[][];
/** What was claimed. */
let claims: ClaimRequest[];
/** What they hold; nothing where the object store is down. */
let contents: BackupContent | undefined;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  holder = await FakeHolder.create();
  askedRecoveries = [];
  askedContents = [];
  claims = [];
  contents = { objects: [], contentsRead: true };
  const { caches, state, log } = catalogue;
  index = new PointIndex({
    ...{ backups: caches.backups, log },
    stampOf: backup => state.stampOf(backup),
    onChange: () => undefined,
  });
  caches.identities.onChange(() => index.refresh());
  catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'] });
  catalogue.putGroup('billing', { owners: ['bob'] });
  catalogue.putBackup('nightly-1', await catalogue.cluster.issueStamp(stampClaims(catalogue.cluster)));
});

afterEach(() => catalogue.stop());

const recovery: RecoveryAnswer = {
  hash: 'h1',
  requester: 'alice',
  point: 'nightly-1',
  creationTime: '2026-03-02T11:00:00Z',
  succeeded: 'True',
  reason: 'Recovered',
  message: '',
};

const ask = async (spec: Partial<AccessRequestSpec>, requester: Requester | undefined = alice) => {
  await catalogue.follow();
  const request: AccessRequest = {
    apiVersion: 'kubectl-recover.io/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name: 'x' },
    spec: { wants: {}, ...(requester === undefined ? {} : { requester }), ...spec },
  };
  return answerRequest(request, {
    state: catalogue.state,
    grantKey: () => catalogue.cluster.grantKey,
    // Every backup, so that what is told of them is up to the answer.
    backupsOf: () => catalogue.state.allBackups(),
    formerGroups: () => index.formerGroups(),
    claim: async request => {
      claims.push(request);
      return { id: catalogue.groupId('shop'), namespace: 'shop', name: 'shop', namespaces: ['shop'] };
    },
    recoveriesOf: (groupId, { username }) => {
      askedRecoveries.push(`${groupId} ${username}`);
      return [recovery];
    },
    adopt: async ({ wish }) => ({ backup: wish.backup, outcome: 'Adopted', groups: [] }),
    contents: {
      of: async ({ name }, namespaces) => {
        askedContents.push([name, ...namespaces]);
        if (contents === undefined) throw new Error('the object store answered with HTTP 500');
        return contents;
      },
    },
    clock: () => NOW.getTime(),
  });
};

const publicKey = (): PublicJwk => holder.key.publicJwk;

describe('a group of the requester’s', () => {
  test('is answered with all that was asked for', async () => {
    const answer = await ask({ group: 'shop', publicKey: publicKey(), wants: wantsAll });
    expect(answer).toMatchObject({
      cluster: { id: catalogue.cluster.id, cloud: 'aws', region: 'eu-central-1' },
      group: { id: catalogue.groupId('shop'), name: 'shop' },
      groups: [{ name: 'shop' }],
      points: [{ backup: 'nightly-1', usable: true, namespaces: ['shop', 'shop-db'] }],
      recoveries: [recovery],
    });
    expect(askedRecoveries).toEqual([`${catalogue.groupId('shop')} alice`]);
  });

  test('gets a grant for the authenticated user and the key that was sent', async () => {
    const { grant = '' } = await ask({ group: 'shop', publicKey: publicKey(), wants: { grant: true } });
    const claims = await verifyGrant(grant, { grantKey: keysOf([catalogue.cluster], 'Grant'), now: NOW });
    expect(claims).toMatchObject({ sub: 'alice', cnf: { jwk: publicKey() }, group: { id: catalogue.groupId('shop') } });
  });

  test.each<[AccessRequestSpec['wants'], string[]]>([
    [{}, ['cluster']],
    [{ grant: false, groups: false, recoveries: false }, ['cluster']],
    [{ groups: true }, ['cluster', 'groups']],
    [{ points: {} }, ['cluster', 'group', 'points']],
    [{ recoveries: true }, ['cluster', 'group', 'recoveries']],
    [{ plan: { backup: 'nightly-1' } }, ['cluster', 'group', 'plan']],
    [{ grant: true }, ['cluster', 'grant', 'group']],
  ])('that wants %j is told %j and no more', async (wants, parts) => {
    expect(Object.keys(await ask({ group: 'shop', publicKey: publicKey(), wants })).toSorted()).toEqual(parts);
  });

  test('may be left unnamed if it is the only one', async () => {
    expect(await ask({ wants: { points: {} } })).toMatchObject({ group: { name: 'shop' } });
  });

  test('is warned of a Velero that shows no life, along with the points', async () => {
    const putLocation = (lastValidationTime: string) =>
      catalogue.server.put(VELERO.backupStorageLocations, {
        apiVersion: 'velero.io/v1',
        kind: 'BackupStorageLocation',
        metadata: { namespace: 'velero', name: 'default' },
        status: { phase: 'Available', lastValidationTime },
      });
    putLocation('2026-03-02T10:00:00Z');
    const { warnings, points } = await ask({ group: 'shop', wants: { points: {} } });
    expect(warnings).toEqual([expect.stringContaining('since 2026-03-02T10:00:00Z; it may not be running')]);
    expect(points).toMatchObject([{ usable: true }]);
    expect(await ask({ group: 'shop', wants: { recoveries: true } })).not.toHaveProperty('warnings');
  });

  test('is what a slip is taken for, to who owned it', async () => {
    const slip = (requester?: Requester) => problemOf(() => ask({ group: 'shpo', wants: { points: {} } }, requester));
    expect((await slip()).message).toMatch(/; did you mean "shop"\?$/);
    expect((await slip({ username: 'mallory' })).message).not.toContain('did you mean');
  });

  test('gets no grant without a key', async () => {
    expect(await codeOf(() => ask({ group: 'shop', wants: { grant: true } }))).toBe('RequestInvalid');
  });

  test('that is not settled is not answered yet', async () => {
    catalogue.putBareGroup('blog', { spec: { namespaces: ['blog'], owners: [{ kind: 'User', name: 'alice' }] } });
    expect(await codeOf(() => ask({ group: 'blog', wants: { points: {} } }))).toBe('StateUnavailable');
  });

  test('of which another cluster holds the active copy gets nothing but that', async () => {
    const moved = { type: 'ActiveElsewhere', status: 'True', reason: 'GroupActiveElsewhere' } as const;
    const conditions = [{ ...moved, message: 'it is in "dr"', lastTransitionTime: START_TIME }];
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], status: { conditions } });
    for (const wants of [{ grant: true }, { points: {} }, { recoveries: true }]) {
      const attempt = () => ask({ group: 'shop', publicKey: publicKey(), wants });
      expect(await codeOf(attempt)).toBe('GroupActiveElsewhere');
    }
  });

  test('of several is named as NAMESPACE/NAME, and only the requester’s are told', async () => {
    catalogue.putGroup('web');
    catalogue.putBareGroup('shop', {
      namespace: 'blog',
      spec: { namespaces: ['blog'], owners: [{ kind: 'User', name: 'alice' }] },
      status: { groupID: catalogue.groupId('blog') },
    });
    expect(await keptCodeOf('group', () => ask({ wants: { points: {} } }))).toBe('GroupAmbiguous');
    expect(await problemOf(() => ask({ wants: { points: {} } }))).toMatchObject({
      message: '"alice" owns several groups: blog/shop, shop/shop, web/web',
    });
    expect((await problemOf(() => ask({ group: 'shop', wants: { points: {} } }))).message).not.toContain('web');
    expect(await ask({ group: 'blog/shop', wants: { points: {} } })).toMatchObject({ group: { namespace: 'blog' } });
  });
});

describe('what is wanted of the catalogue itself', () => {
  test('a stamp is adopted, and nothing else answered', async () => {
    const answer = await ask({
      group: 'shop',
      publicKey: publicKey(),
      wants: { ...wantsAll, stamp: { backup: 'old' } },
    });
    expect(answer).toEqual({
      cluster: expect.anything() as unknown,
      stamp: { backup: 'old', outcome: 'Adopted', groups: [] },
    });
  });

  test('a claim is made by who asks, at the time of the request, for good unless it is said otherwise', async () => {
    for (const wish of [{}, { dryRun: true }]) await ask({ group: 'shop', wants: { ...wantsAll, claim: wish } });
    const asked = { group: 'shop', requester: alice, time: NOW.toISOString() };
    expect(claims).toEqual([
      { ...asked, dryRun: false },
      { ...asked, dryRun: true },
    ]);
  });
});

describe('what is not the requester’s', () => {
  test('is refused in the same words whether it exists or not', async () => {
    const wants = { grant: true, points: {}, recoveries: true };
    const there = await problemOf(() => ask({ group: 'billing', publicKey: publicKey(), wants }));
    const absent = await problemOf(() => ask({ group: 'nothing', publicKey: publicKey(), wants }));
    expect(there.code).toBe('NotOwner');
    expect(JSON.stringify(there).replaceAll('billing', 'nothing')).toBe(JSON.stringify(absent));
    expect(askedRecoveries).toEqual([]);
  });

  test('is not what a slip is taken for, though what is the requester’s own is', async () => {
    const told = async (group: string) => (await problemOf(() => ask({ group, wants: { points: {} } }))).message;
    expect(await told('shpo')).toMatch(/; did you mean "shop"\?$/);
    expect(await told('biling')).not.toContain('did you mean');
  });

  test('is no longer what a slip is taken for, once the group has other owners', async () => {
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], owners: ['bob'] });
    for (const group of ['shop', 'shpo']) {
      const { message } = await problemOf(() => ask({ group, wants: { points: {} } }));
      expect(message).toMatch(/owns no application group "[a-z]+" in this cluster$/);
    }
  });

  test('is not told among groups', async () => {
    expect(await ask({ wants: { groups: true } }, bob)).toMatchObject({ groups: [{ name: 'billing' }] });
    expect(await ask({ group: 'shop', wants: { groups: true } }, bob)).toMatchObject({ groups: [] });
    expect(await ask({ wants: { groups: true } }, { username: 'mallory' })).toMatchObject({ groups: [] });
  });

  test('is not told among points, though the backup holds it too', async () => {
    const claims = stampClaims(catalogue.cluster);
    const [group] = claims.groups;
    if (group === undefined) throw new TypeError('the sample has no group');
    const billing = {
      ...group,
      id: catalogue.groupId('billing'),
      namespaces: [['billing', 'n1']] as [string, string][],
    };
    const backup = { ...claims.backup, name: 'both' };
    catalogue.putBackup('both', await catalogue.cluster.issueStamp({ ...claims, backup, groups: [group, billing] }));
    const { points } = await ask({ wants: { points: {} } }, bob);
    expect(points).toMatchObject([{ backup: 'both', namespaces: ['billing'] }]);
  });

  test('is what nobody asks for', async () => {
    const request = JSON.parse('{"spec":{"wants":{"groups":true}}}') as AccessRequest;
    await catalogue.follow();
    const { state, cluster } = catalogue;
    const none = () => [];
    const options = {
      state,
      grantKey: () => cluster.grantKey,
      backupsOf: none,
      recoveriesOf: none,
      contents: { of: () => Promise.reject(new Error('nobody asked')) },
      formerGroups: async () => [],
      adopt: async () => Promise.reject(new Error('nobody asked')),
      claim: () => Promise.reject(new TypeError('nobody claims')),
      clock: () => 0,
    };
    expect(await codeOf(() => answerRequest(request, options))).toBe('RequestInvalid');
  });
});

test('where the cluster is out of sight nothing is answered', async () => {
  await ask({ wants: {} });
  catalogue.nowMs += 200_000;
  expect(await codeOf(() => ask({ group: 'shop', wants: { points: {} } }))).toBe('StateUnavailable');
});

describe('a grant of a peer', () => {
  let peer: FakeCluster;
  let claims: AppGroupClaims;

  beforeEach(async () => {
    peer = await FakeCluster.create('peer');
    claims = grantClaims(peer, holder);
    trust({ users: ['alice'] });
    const stamp = stampClaims(peer);
    const backup = { ...stamp.backup, name: 'synced' };
    catalogue.putBackup('synced', await peer.issueStamp({ ...stamp, backup }));
  });

  const trust = (identityTrust: { users?: string[]; groups?: string[] }, state: 'Active' | 'Revoked' = 'Active') =>
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys(state), identityTrust });

  const present = async (requester = alice, key: PublicJwk | undefined = publicKey(), signer = peer) =>
    ask(
      {
        grant: await signer.issueGrant(claims),
        wants: { points: {}, recoveries: true },
        ...(key && { publicKey: key }),
      },
      requester,
    );

  test('is answered with the points of that group here, and nothing of a group of that name here', async () => {
    const answer = await present();
    expect(answer.points).toMatchObject([{ backup: 'synced', source: peer.id }]);
    expect(answer).not.toHaveProperty('group');
    expect(askedRecoveries).toEqual([`${claims.group.id} alice`]);
  });

  test('counts for the owners that it names, whoever owns the copy of the group that lives here', async () => {
    catalogue.putBareGroup('copy', {
      spec: { namespaces: ['copy'], owners: [{ kind: 'User', name: 'bob' }] },
      status: { groupID: claims.group.id },
    });
    expect((await present()).points).toMatchObject([{ backup: 'synced' }]);
    claims = { ...claims, sub: 'bob' };
    await until(async () => expect(await codeOf(() => present(bob))).toBe('NotOwner'));
  });

  test('counts for nobody once the peer is none, whatever its keys were a moment ago', async () => {
    await ask({ wants: {} });
    const peerOf = catalogue.state.peer.bind(catalogue.state);
    let asked = 0;
    catalogue.state.peer = id => {
      asked += 1;
      return asked > 1 ? undefined : peerOf(id);
    };
    expect(await codeOf(() => present())).toMatch(/^(NotOwner|TokenUntrusted)$/);
  });

  test('is not answered with another grant', async () => {
    const grant = await peer.issueGrant(claims);
    expect(await codeOf(() => ask({ grant, publicKey: publicKey(), wants: { grant: true } }))).toBe('RequestInvalid');
  });

  test.each<[code: string, why: string, flaw: () => void | Promise<void>]>([
    [
      'TokenUntrusted',
      'of a cluster that is no peer',
      async () => {
        claims = grantClaims(await FakeCluster.create('stranger'), holder);
      },
    ],
    [
      'TokenUntrusted',
      'that another cluster signed',
      () => {
        claims = { ...claims, iss: catalogue.cluster.urn };
      },
    ],
    ['TokenRevoked', 'signed by a revoked key', () => trust({ users: ['alice'] }, 'Revoked')],
    [
      'TokenExpired',
      'that has expired',
      () => {
        claims = { ...claims, exp: claims.iat - 3600 };
      },
    ],
    [
      'TokenUntrusted',
      'that names this cluster as its own',
      () => {
        claims = { ...claims, cluster: { id: catalogue.cluster.id } };
      },
    ],
    [
      'TokenUntrusted',
      'of a group of this cluster',
      () => {
        claims = { ...claims, group: { ...claims.group, id: catalogue.groupId('billing') } };
      },
    ],
    [
      'RequesterMismatch',
      'given to another user',
      () => {
        claims = { ...claims, sub: 'bob' };
      },
    ],
    [
      'NotOwner',
      'of a group that the user does not own',
      () => {
        claims = { ...claims, owners: [{ kind: 'User', name: 'bob' }] };
      },
    ],
    ['NotOwner', 'of a user whom nobody mapped', () => trust({ groups: ['alice'] })],
    [
      'NotOwner',
      'of a ServiceAccount, which never travels',
      () => {
        claims = {
          ...claims,
          sub: 'system:serviceaccount:ci:bot',
          owners: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }],
        };
        trust({ users: ['*'] });
      },
    ],
  ])('%s: %s', async (code, why, flaw) => {
    await flaw();
    const requester = why.includes('ServiceAccount') ? { username: claims.sub } : alice;
    const signer = why.includes('no peer') ? await FakeCluster.create('stranger') : peer;
    expect(await keptCodeOf('grants', () => present(requester, publicKey(), signer))).toBe(code);
    expect(askedRecoveries).toEqual([]);
  });

  test('is refused to who does not hold its key', async () => {
    const other = await FakeHolder.create();
    expect(await keptCodeOf('grants', () => present(alice, other.key.publicJwk))).toBe('TokenUntrusted');
    const grant = await peer.issueGrant(claims);
    expect(await codeOf(() => ask({ grant, wants: { points: {} } }))).toBe('TokenUntrusted');
  });

  test('counts for a mapped group of the user', async () => {
    claims = { ...claims, owners: [{ kind: 'Group', name: 'team-shop' }] };
    trust({ groups: ['team-*'] });
    expect((await present()).points).toHaveLength(1);
  });

  test('that is refused is not shown', async () => {
    claims = { ...claims, sub: 'bob' };
    const grant = await peer.issueGrant(claims);
    const told = JSON.stringify(await problemOf(() => present()));
    for (const part of grant.split('.')) expect(told).not.toContain(part.slice(0, 30));
  });
});

describe('a grant of this cluster itself', () => {
  const own = async (change: Partial<AppGroupClaims> = {}) => {
    const grant = await catalogue.cluster.issueGrant({ ...grantClaims(catalogue.cluster, holder), ...change });
    return ask({ grant, publicKey: publicKey(), wants: { points: {} } });
  };

  test('is answered with the points of its group', async () => {
    expect((await own()).points).toMatchObject([{ backup: 'nightly-1' }]);
  });

  test('counts for who owns the group now, not for who did', async () => {
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], owners: ['bob'] });
    expect(await codeOf(() => own())).toBe('NotOwner');
  });

  test('counts by itself where the group is gone', async () => {
    const group = { id: `${catalogue.cluster.id}/${uidOf('group gone')}`, namespace: 'gone', name: 'gone' };
    expect((await own({ group })).points).toEqual([]);
    expect(await codeOf(() => own({ group, owners: [{ kind: 'User', name: 'bob' }] }))).toBe('NotOwner');
  });
});

const EARLIER = '2026-03-01T03:00:00Z';
const LATER = '2026-03-02T09:00:00Z';

const user = (name: string): Owner => ({ kind: 'User', name });

interface BackupPart {
  readonly startTime?: string;
  readonly owners?: Owner[];
  /** Of the group, by which it is known; its namespace. */
  readonly name?: string;
  readonly namespace?: string;
  readonly id?: string;
  readonly cluster?: FakeCluster;
}

/** A backup of one group, as its stamp tells it. */
const backUp = async (backup: string, part: BackupPart = {}): Promise<void> => {
  const { startTime = START_TIME, owners = [user('alice')], name = 'shop', namespace = name } = part;
  const cluster = part.cluster ?? catalogue.cluster;
  const claims = stampClaims(cluster);
  const id = part.id ?? `${cluster.id}/${uidOf(`group ${namespace}`)}`;
  const stamp = await cluster.issueStamp({
    ...claims,
    backup: { ...claims.backup, name: backup, startTime },
    groups: claims.groups.map(group => ({ ...group, id, name, namespace, owners })),
  });
  catalogue.putBackup(backup, stamp, { status: { phase: 'Completed', startTimestamp: startTime } });
};

const removeGroup = (name: string): void => catalogue.server.remove(OWN.applicationGroups, { namespace: name, name });

const ownerOf = (requester: Requester, group?: string) =>
  codeOf(() => ask({ wants: { points: {} }, ...(group === undefined ? {} : { group }) }, requester));

const until = (assertion: () => Promise<void>): Promise<void> => vi.waitFor(assertion, { interval: 1, timeout: 5_000 });

describe('a group that is gone', () => {
  beforeEach(() => removeGroup('shop'));

  test('is answered to who owned it, with a grant, its points and its recoveries', async () => {
    const answer = await ask({ group: 'shop', publicKey: publicKey(), wants: wantsAll });
    expect(answer).toMatchObject({
      groups: [],
      points: [{ backup: 'nightly-1', usable: true, namespaces: ['shop', 'shop-db'] }],
      recoveries: [recovery],
    });
    expect(answer).not.toHaveProperty('group');
    expect(askedRecoveries).toEqual([`${catalogue.groupId('shop')} alice`]);
    const claims = await verifyGrant(answer.grant ?? '', {
      grantKey: keysOf([catalogue.cluster], 'Grant'),
      now: NOW,
    });
    expect(claims).toMatchObject({
      iss: catalogue.cluster.urn,
      sub: 'alice',
      cnf: { jwk: publicKey() },
      group: { id: catalogue.groupId('shop') },
      stamp: { startTime: START_TIME },
      absent: { observedAt: NOW.toISOString() },
    });
    expect(claims).not.toHaveProperty('lost');
  });

  test('gets no grant without a key', async () => {
    expect(await codeOf(() => ask({ group: 'shop', wants: { grant: true } }))).toBe('RequestInvalid');
  });

  test('of several that were gone under one name is named by its ID', async () => {
    const id = `${catalogue.cluster.id}/${uidOf('group shop, the second')}`;
    await backUp('of-the-second', { id });
    await catalogue.follow();
    expect(await keptCodeOf('group', () => ask({ group: 'shop/shop', wants: { points: {} } }))).toBe('GroupAmbiguous');
    expect(await ask({ group: id, wants: { points: {} } })).toMatchObject({ points: [{ backup: 'of-the-second' }] });
  });

  test('is nobody else’s, in the same words as one that never was', async () => {
    const [was, never] = await Promise.all(
      ['shop', 'nothing'].map(group => problemOf(() => ask({ group, wants: { points: {} } }, { username: 'mallory' }))),
    );
    expect(was?.code).toBe('NotOwner');
    expect(JSON.stringify(was).replaceAll('shop', 'nothing')).toBe(JSON.stringify(never));
    expect(askedRecoveries).toEqual([]);
  });

  test('is whose it was by its newest stamp, not by an older one', async () => {
    await backUp('older', { startTime: EARLIER, owners: [user('bob')], id: catalogue.groupId('shop') });
    catalogue.server.remove(OWN.applicationGroups, { namespace: 'billing', name: 'billing' });
    expect(await ownerOf(bob, 'shop')).toBe('NotOwner');
    expect(await ownerOf(alice, 'shop')).toBe('none');
  });

  test('is not whose it was until the newest stamp', async () => {
    await backUp('newer', { startTime: LATER, owners: [user('bob')], id: catalogue.groupId('shop') });
    expect(await ownerOf(alice, 'shop')).toBe('NotOwner');
    expect(await ownerOf(bob, 'shop')).toBe('none');
  });

  test('is whose it was by the next newest stamp once the newest backup is gone', async () => {
    await backUp('newer', { startTime: LATER, owners: [user('bob')], id: catalogue.groupId('shop') });
    expect(await ownerOf(alice, 'shop')).toBe('NotOwner');
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'newer' });
    await until(async () => expect(await ownerOf(alice, 'shop')).toBe('none'));
    expect(await ownerOf(bob, 'shop')).toBe('NotOwner');
  });

  test('and whose backups are gone too, is not known', async () => {
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'nightly-1' });
    expect(await ownerOf(alice, 'shop')).toBe('NotOwner');
  });

  test('and lives again is asked itself', async () => {
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], owners: ['bob'] });
    expect(await ownerOf(alice, 'shop')).toBe('NotOwner');
    expect(await ask({ group: 'shop', wants: { points: {} } }, bob)).toMatchObject({ group: { name: 'shop' } });
  });

  test('is gone while it is being deleted', async () => {
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], deleting: true });
    expect(await ask({ group: 'shop', wants: { points: {} } })).not.toHaveProperty('group');
  });

  test('stands behind a living one of its name', async () => {
    catalogue.putBareGroup('shop', {
      namespace: 'blog',
      spec: { namespaces: ['blog'], owners: [user('alice')] },
      status: { groupID: catalogue.groupId('blog') },
    });
    for (const group of ['shop', undefined]) {
      const answer = await ask({ wants: { points: {} }, ...(group === undefined ? {} : { group }) });
      expect(answer).toMatchObject({ group: { namespace: 'blog' } });
    }
    expect(await ask({ group: 'shop/shop', wants: { points: {} } })).not.toHaveProperty('group');
  });

  test('stands behind a living one of its name that is not settled yet', async () => {
    catalogue.putBareGroup('shop', { spec: { namespaces: ['shop'], owners: [user('alice')] } });
    expect(await ownerOf(alice, 'shop')).toBe('StateUnavailable');
  });

  test('of several is named as NAMESPACE/NAME, and only the requester’s are told', async () => {
    await backUp('web', { namespace: 'web' });
    await backUp('mail', { namespace: 'mail', owners: [user('carol')] });
    for (const group of ['shop', undefined]) {
      const spec = { wants: { points: {} }, ...(group === undefined ? {} : { group }) };
      const { code, message } = await problemOf(() => ask(spec));
      expect(code).toBe('GroupAmbiguous');
      expect(message.replace(/.*: /, '').split(', ').toSorted()).toEqual(['shop/shop', 'web/shop']);
    }
    const { points } = await ask({ group: 'web/shop', wants: { points: {} } });
    expect(points).toMatchObject([{ backup: 'web' }]);
  });
});

describe('a group of a peer that nobody brings a grant of', () => {
  let peer: FakeCluster;

  beforeEach(async () => {
    peer = await FakeCluster.create('peer');
    removeGroup('shop');
    catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'nightly-1' });
    await backUp('synced', { cluster: peer });
  });

  const put = (isLost: boolean, identityTrust: { users?: string[]; groups?: string[] } = { users: ['alice', 'bob'] }) =>
    catalogue.putIdentity('peer', {
      ...{ clusterID: peer.id, keys: peer.publicKeys(), identityTrust },
      ...(isLost ? { lost: { reason: 'fire', since: LOST_SINCE } } : {}),
    });

  test('gets this cluster’s word that the peer is lost', async () => {
    put(true);
    const answer = await ask({ group: 'shop', publicKey: publicKey(), wants: wantsAll });
    expect(answer.points).toMatchObject([{ backup: 'synced', source: peer.id }]);
    const claims = await verifyGrant(answer.grant ?? '', {
      grantKey: keysOf([catalogue.cluster], 'Grant'),
      now: NOW,
    });
    expect(claims).toMatchObject({
      iss: catalogue.cluster.urn,
      cluster: { id: peer.id },
      lineage: [peer.id, catalogue.cluster.id],
      group: { id: `${peer.id}/${uidOf('group shop')}` },
      lost: { since: LOST_SINCE },
    });
    expect(claims).not.toHaveProperty('absent');
  });

  test('has to be asked there while it is not lost; whom it is not is told nothing', async () => {
    put(false);
    expect(await ownerOf(alice, 'shop')).toBe('SourceNotLost');
    const there = await problemOf(() => ask({ group: 'shop', wants: { points: {} } }, bob));
    const never = await problemOf(() => ask({ group: 'nothing', wants: { points: {} } }, bob));
    expect(there.code).toBe('NotOwner');
    expect(JSON.stringify(there).replaceAll('shop', 'nothing')).toBe(JSON.stringify(never));
  });

  test('has to be asked there again once the loss is taken back', async () => {
    put(true);
    expect(await ownerOf(alice, 'shop')).toBe('none');
    put(false);
    await until(async () => expect(await ownerOf(alice, 'shop')).toBe('SourceNotLost'));
  });

  test('is nobody’s once the peer is forgotten', async () => {
    put(true);
    expect(await ownerOf(alice, 'shop')).toBe('none');
    catalogue.server.remove(OWN.clusterIdentities, { name: 'peer' });
    await until(async () => expect(await ownerOf(alice, 'shop')).toBe('NotOwner'));
  });

  test('is nobody’s whom nobody mapped', async () => {
    put(true, { groups: ['alice'] });
    expect(await ownerOf(alice, 'shop')).toBe('NotOwner');
  });

  test('is never a ServiceAccount’s', async () => {
    const bot = 'system:serviceaccount:ci:bot';
    const owners: Owner[] = [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }];
    await backUp('of a bot', { cluster: peer, name: 'mail', owners });
    put(true, { users: ['*'], groups: ['*'] });
    expect(await ownerOf({ username: bot, groups: ['system:serviceaccounts'] }, 'mail')).toBe('NotOwner');
  });

  test('stands behind a living one of its name here', async () => {
    put(true);
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'] });
    expect(await ask({ group: 'shop', wants: { points: {} } })).toMatchObject({
      group: { id: catalogue.groupId('shop') },
      points: [],
    });
  });

  test('stands beside one of its name that is gone from here: both count only if both are gone', async () => {
    await backUp('nightly-1');
    put(false);
    expect(await ask({ group: 'shop', wants: { points: {} } })).toMatchObject({ points: [{ backup: 'nightly-1' }] });
    put(true);
    await until(async () => expect(await ownerOf(alice, 'shop')).toBe('GroupAmbiguous'));
  });

  test('takes over no group of this cluster by stamps that name it', async () => {
    await backUp('nightly-1');
    await backUp('claimed', {
      ...{ cluster: peer, startTime: LATER, owners: [user('bob')] },
      id: catalogue.groupId('shop'),
    });
    put(false);
    expect(await ask({ group: 'shop', wants: { points: {} } })).toMatchObject({ points: [{ backup: 'nightly-1' }] });
    expect(await ownerOf(bob, 'shop')).toBe('NotOwner');
  });
});

describe('a source cluster token that is brought', () => {
  const bring = async (grant: string) => ask({ grant, publicKey: publicKey(), wants: { points: {} } });

  let peer: FakeCluster;

  beforeEach(async () => {
    peer = await FakeCluster.create('peer');
    catalogue.putIdentity('peer', {
      ...{ clusterID: peer.id, keys: peer.publicKeys(), identityTrust: { users: ['alice'] } },
    });
    await backUp('synced', { cluster: peer });
  });

  test('of a peer that saw its group gone is answered with the points here', async () => {
    const answer = await bring(await peer.issueSourceToken(sourceClaims(peer, holder)));
    expect(answer.points).toMatchObject([{ backup: 'synced', source: peer.id }]);
  });

  test('of a peer that says itself that it is lost is not believed', async () => {
    const claims = { ...sourceClaims(peer, holder, catalogue.cluster), iss: peer.urn };
    expect(await codeOf(async () => bring(await peer.issueSourceToken(claims)))).toBe('TokenUntrusted');
  });

  test('of a third cluster that says that the peer is lost is not believed', async () => {
    const third = await FakeCluster.create('third');
    catalogue.putIdentity('third', { clusterID: third.id, keys: third.publicKeys() });
    const claims = sourceClaims(peer, holder, third);
    expect(await codeOf(async () => bring(await third.issueSourceToken(claims)))).toBe('TokenUntrusted');
  });

  test('of this cluster, for a group that lives again, counts for its owners of today', async () => {
    const grant = await catalogue.cluster.issueSourceToken(sourceClaims(catalogue.cluster, holder));
    expect(await codeOf(() => bring(grant))).toBe('none');
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], owners: ['bob'] });
    await until(async () => expect(await codeOf(() => bring(grant))).toBe('NotOwner'));
  });
});

describe('a proof for a later day', () => {
  const DR = uidOf('cluster dr');
  const digest = `sha256:${'0'.repeat(64)}`;

  const wish = (part: Partial<PrepareWish> = {}): PrepareWish => ({
    accessTokenID: 'a'.repeat(32),
    point: { backup: 'nightly-1', source: catalogue.cluster.id },
    destination: { clusterID: DR },
    restoreDigest: digest,
    lifeSeconds: 86_400,
    ...part,
  });

  const prepare = (part: Partial<PrepareWish> = {}, requester = alice) =>
    ask({ group: 'shop', publicKey: publicKey(), wants: { grant: true }, prepare: wish(part) }, requester);

  const allow = (name: string, preparedGrants?: RecoveryPolicySpec['preparedGrants'], groups?: string[]): void => {
    const { preparedGrants: _, ...spec } = policyView().spec;
    catalogue.server.put(OWN.recoveryPolicies, {
      apiVersion: 'kubectl-recover.io/v1alpha1',
      kind: 'RecoveryPolicy',
      metadata: { name },
      spec: {
        ...spec,
        ...(preparedGrants === undefined ? {} : { preparedGrants }),
        ...(groups === undefined ? {} : { match: { groups } }),
      },
    });
  };

  beforeEach(() => {
    allow('default', { maxLifeSeconds: 86_400, destinations: ['Cluster', 'Place'] });
    catalogue.putGroup('shop', {
      namespaces: ['shop', 'shop-db'],
      spec: { destinations: [{ clusterID: DR }, { cloud: 'gce', region: 'x' }] },
    });
  });

  test('is bound to one point, one destination, one access token and one choice, for as long as was asked', async () => {
    const { grant = '' } = await prepare();
    const claims = await verifyGrant(grant, { grantKey: keysOf([catalogue.cluster], 'Grant'), now: NOW });
    expect(claims.prepared).toEqual({
      accessTokenID: 'a'.repeat(32),
      point: { backup: 'nightly-1', source: catalogue.cluster.id },
      destination: { cluster: DR },
      restoreDigest: digest,
    });
    expect(claims.exp - claims.iat).toBe(86_400);
  });

  test('may name a place that the owners allow', async () => {
    const { grant = '' } = await prepare({ destination: { cloud: 'gce', region: 'x' } });
    const { prepared } = await verifyGrant(grant, { grantKey: keysOf([catalogue.cluster], 'Grant'), now: NOW });
    expect(prepared?.destination).toEqual({ cloud: 'gce', region: 'x' });
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['longer than policy allows', 'PolicyDenied', () => prepare({ lifeSeconds: 86_401 })],
    [
      'to a region of that name in another cloud',
      'DestinationNotAllowed',
      () => prepare({ destination: { cloud: 'aws', region: 'x' } }),
    ],
    [
      'to the place of a cluster that owners allow by its ID',
      'DestinationNotAllowed',
      () => {
        const spec = { destinations: [{ clusterID: DR, cloud: 'aws', region: 'y' }] };
        catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], spec });
        return prepare({ destination: { cloud: 'aws', region: 'y' } });
      },
    ],
    [
      'to a place that no owner allows',
      'DestinationNotAllowed',
      () => prepare({ destination: { cloud: 'gce', region: 'y' } }),
    ],
    [
      'from a point that is not there',
      'PointNotFound',
      () => prepare({ point: { backup: 'x', source: catalogue.cluster.id } }),
    ],
    ['from a point of another source', 'PointNotFound', () => prepare({ point: { backup: 'nightly-1', source: DR } })],
    ['by somebody else', 'NotOwner', () => prepare({}, bob)],
  ])('is not given %s', async (_, code, attempt) => {
    expect(await keptCodeOf('prepare', attempt)).toBe(code);
  });

  test.each<[string, { clusterID?: string; cloud?: string; region?: string }[], () => string]>([
    ['that owners allow by its ID, and by nothing else', [{ clusterID: DR }], () => DR],
    ['that may be in a place that owners allow', [{ cloud: 'gce', region: 'x' }], () => DR],
    ['that it comes from, wherever owners allow it to go', [], () => catalogue.cluster.id],
  ])('is given to a cluster %s', async (_, destinations, to) => {
    catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'], spec: { destinations } });
    expect((await prepare({ destination: { clusterID: to() } })).grant).toBeDefined();
  });

  test('is not given to a cluster that no owner allows, where they allow no place it could be in', async () => {
    catalogue.putGroup('shop', { spec: { destinations: [{ clusterID: uidOf('cluster other') }] } });
    expect(await keptCodeOf('prepare', () => prepare())).toBe('DestinationNotAllowed');
  });

  test('is not given where any policy that matches has something against it', async () => {
    allow('no-places', { maxLifeSeconds: 604_800, destinations: ['Cluster'] }, ['shop/*']);
    allow('of-others', undefined, ['billing/*']);
    const attempt = () => prepare({ destination: { cloud: 'gce', region: 'x' } });
    expect(await keptCodeOf('prepare', attempt)).toBe('PolicyDenied');
    expect((await prepare()).grant).toBeDefined();
  });

  test('is not given where the policy says nothing of it', async () => {
    allow('default');
    expect(await keptCodeOf('prepare', () => prepare())).toBe('PolicyDenied');
  });

  test('is not given where no policy matches', async () => {
    allow('default', { maxLifeSeconds: 86_400, destinations: ['Cluster'] }, ['billing/*']);
    expect((await problemOf(() => prepare())).message).toContain('no RecoveryPolicy');
  });

  test('is given for a group that is gone from here', async () => {
    catalogue.server.remove(OWN.applicationGroups, { namespace: 'shop', name: 'shop' });
    const stamp = stampClaims(catalogue.cluster);
    const groups = stamp.groups.map(group => ({ ...group, destinations: [{ clusterID: DR }] }));
    catalogue.putBackup('nightly-1', await catalogue.cluster.issueStamp({ ...stamp, groups }));
    const { grant = '' } = await prepare();
    const claims = await verifyGrant(grant, { grantKey: keysOf([catalogue.cluster], 'Grant'), now: NOW });
    expect(claims).toMatchObject({ absent: {}, prepared: { destination: { cluster: DR } } });
  });

  test('is not given for a lost cluster: its groups are recovered at once', async () => {
    const source = await FakeCluster.create('west');
    catalogue.putIdentity('west', {
      clusterID: source.id,
      keys: source.publicKeys(),
      identityTrust: { users: ['alice'] },
      lost: { reason: 'fire', since: LOST_SINCE },
    });
    const stamp = stampClaims(source);
    const groups = stamp.groups.map(group => ({ ...group, namespace: 'wiki', name: 'wiki' }));
    catalogue.putBackup(
      'of-west',
      await source.issueStamp({ ...stamp, backup: { ...stamp.backup, name: 'of-west' }, groups }),
    );
    const request = { group: 'wiki', publicKey: publicKey(), wants: { grant: true } };
    expect((await ask(request)).grant).toBeDefined();
    expect(await keptCodeOf('prepare', () => ask({ ...request, prepare: wish() }))).toBe('RequestInvalid');
  });

  test('answers no question itself', async () => {
    const grant = await catalogue.cluster.issueGrant({
      ...grantClaims(catalogue.cluster, holder),
      prepared: {
        accessTokenID: 'a',
        point: { backup: 'nightly-1', source: catalogue.cluster.id },
        destination: { cluster: DR },
        restoreDigest: digest,
      },
    });
    const attempt = () => ask({ grant, publicKey: publicKey(), wants: { points: {} } });
    expect(await keptCodeOf('prepare', attempt)).toBe('RequestInvalid');
  });
});

describe('a plan', () => {
  const wants = { plan: { backup: 'nightly-1' } };
  const named = (name: string, part: object = {}) => ({ type: 'v1/ConfigMap', namespace: 'shop', name, ...part });

  test('lists what the point holds of the group’s namespaces, and asks for nothing else', async () => {
    contents = { objects: [named('settings', { digest: 'sha256:1', labels: { app: 'web' } })], contentsRead: true };
    const { plan } = await ask({ group: 'shop', wants });
    expect(plan).toEqual({
      backup: 'nightly-1',
      objects: [named('settings', { digest: 'sha256:1' })],
      contentsRead: true,
    });
    expect(askedContents).toEqual([['nightly-1', 'shop', 'shop-db']]);
  });

  test('names those of the namespaces that are not here', async () => {
    catalogue.server.remove(CORE.namespaces, { name: 'shop-db' });
    expect((await ask({ group: 'shop', wants })).plan).toMatchObject({ absent: ['shop-db'] });
  });

  test('of a backup that the group has no stamp in opens nothing, whether it exists or not', async () => {
    const problems = [];
    for (const backup of ['nightly-1', 'nothing']) {
      problems.push(await problemOf(() => ask({ group: 'billing', wants: { plan: { backup } } }, bob)));
    }
    const [there, absent] = problems;
    expect(there?.code).toBe('PointNotFound');
    expect(JSON.stringify(there).replaceAll('nightly-1', 'nothing')).toBe(JSON.stringify(absent));
    catalogue.putBackup('unstamped', undefined);
    const attempt = () => ask({ group: 'shop', wants: { plan: { backup: 'unstamped' } } });
    expect(await keptCodeOf('plan', attempt)).toBe('PointNotFound');
    expect(askedContents).toEqual([]);
  });

  test('is not for who does not own the group', async () => {
    expect(await codeOf(() => ask({ group: 'shop', wants }, bob))).toBe('NotOwner');
    expect(askedContents).toEqual([]);
  });

  test('says of each object whether its labels match', async () => {
    contents = {
      objects: [named('a', { labels: { app: 'web' } }), named('b', { labels: {} }), named('c')],
      contentsRead: true,
    };
    const { plan } = await ask({
      group: 'shop',
      wants: { plan: { backup: 'nightly-1', matchLabels: { app: 'web' } } },
    });
    expect(plan?.objects).toEqual([named('a'), named('b', { unselected: true }), named('c')]);
  });

  test('counts what it has no room for', async () => {
    contents = { objects: Array.from({ length: 4_003 }, (_, index) => named(`c${index}`)), contentsRead: false };
    const { plan } = await ask({ group: 'shop', wants });
    expect([plan?.objects.length, plan?.unlisted, plan?.contentsRead]).toEqual([4_000, 3, false]);
    contents = { objects: Array.from({ length: 4_000 }, () => named('x'.repeat(253))), contentsRead: true };
    const large = (await ask({ group: 'shop', wants })).plan;
    expect(JSON.stringify(large).length).toBeLessThan(1_100_000);
    expect((large?.objects.length ?? 0) + (large?.unlisted ?? 0)).toBe(4_000);
  });

  test('that Velero does not hand out is refused, without what went wrong there', async () => {
    contents = undefined;
    expect(await problemOf(() => ask({ group: 'shop', wants }))).toMatchObject({ code: 'PlanUnavailable' });
  });
});
