import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccessRequest, AccessRequestSpec, RecoveryAnswer } from '../../api/kinds/access-request.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { verifyGrant } from '../../api/tokens/access-chain.ts';
import type { AppGroupClaims } from '../../api/tokens/kinds.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, FakeHolder, keysOf, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { grantClaims, stampClaims } from '../../test/fakes/sample-claims.ts';
import { answerRequest } from './answer-request.ts';

const alice: Requester = { username: 'alice', groups: ['team-shop'] };
const bob: Requester = { username: 'bob' };
const wantsAll: AccessRequestSpec['wants'] = { grant: true, groups: true, points: {}, recoveries: true };

let catalogue: LiveCatalogue;
let holder: FakeHolder;
/** What recoveries were asked for, as group and user. */
let askedRecoveries: string[];

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  holder = await FakeHolder.create();
  askedRecoveries = [];
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
    grantKey: catalogue.cluster.grantKey,
    // Every backup, so that what is told of them is up to the answer.
    backupsOf: () => catalogue.state.allBackups(),
    formerGroups: () => [],
    recoveriesOf: (groupId, { username }) => {
      askedRecoveries.push(`${groupId} ${username}`);
      return [recovery];
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
    [{ grant: true }, ['cluster', 'grant', 'group']],
  ])('that wants %j is told %j and no more', async (wants, parts) => {
    expect(Object.keys(await ask({ group: 'shop', publicKey: publicKey(), wants })).toSorted()).toEqual(parts);
  });

  test('may be left unnamed if it is the only one', async () => {
    expect(await ask({ wants: { points: {} } })).toMatchObject({ group: { name: 'shop' } });
  });

  test('gets no grant without a key', async () => {
    expect(await codeOf(() => ask({ group: 'shop', wants: { grant: true } }))).toBe('RequestInvalid');
  });

  test('that is not settled is not answered yet', async () => {
    catalogue.putBareGroup('blog', { spec: { namespaces: ['blog'], owners: [{ kind: 'User', name: 'alice' }] } });
    expect(await codeOf(() => ask({ group: 'blog', wants: { points: {} } }))).toBe('StateUnavailable');
  });

  test('of several is named as NAMESPACE/NAME, and only the requester’s are told', async () => {
    catalogue.putGroup('web');
    catalogue.putBareGroup('shop', {
      namespace: 'blog',
      spec: { namespaces: ['blog'], owners: [{ kind: 'User', name: 'alice' }] },
      status: { groupID: catalogue.groupId('blog') },
    });
    expect(await problemOf(() => ask({ wants: { points: {} } }))).toMatchObject({
      code: 'GroupAmbiguous',
      message: '"alice" owns several groups: blog/shop, shop/shop, web/web',
    });
    expect((await problemOf(() => ask({ group: 'shop', wants: { points: {} } }))).message).not.toContain('web');
    expect(await ask({ group: 'blog/shop', wants: { points: {} } })).toMatchObject({ group: { namespace: 'blog' } });
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
      grantKey: cluster.grantKey,
      backupsOf: none,
      recoveriesOf: none,
      formerGroups: none,
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
      'TokenUntrusted',
      'that lets this cluster’s stamps speak for its group',
      () => {
        claims = { ...claims, lineage: [peer.id, catalogue.cluster.id] };
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
    expect(await codeOf(() => present(requester, publicKey(), signer))).toBe(code);
    expect(askedRecoveries).toEqual([]);
  });

  test('is refused to who does not hold its key', async () => {
    const other = await FakeHolder.create();
    expect(await codeOf(() => present(alice, other.key.publicJwk))).toBe('TokenUntrusted');
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
