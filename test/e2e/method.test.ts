import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECKS } from '../../api/codes.ts';
import { digestOf } from '../../api/digest.ts';
import type { AccessRequest, PointAnswer } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, SELF_IDENTITY } from '../../api/names.ts';
import { decodeGrant, type GrantClaims } from '../../api/tokens/grant.ts';
import {
  type AccessClaims,
  accessToken,
  appGroupToken,
  type RecoveryClaims,
  recoveryToken,
} from '../../api/tokens/kinds.ts';
import { type SigningKey, thumbprintOf } from '../../api/tokens/sign-token.ts';
import { clusterUrn, gateUrn, holderUrn, placeUrn } from '../../api/tokens/urns.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import {
  ask,
  clientOf,
  ephemeralKey,
  getGrant,
  type HeldGrant,
  recoveryFor,
  WHOLE_GROUP,
  waitForCondition,
} from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { namespaceUid } from '../environment/snapshot.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/**
 * The elements of the method, one test each, in the order in which one recovery from prod into dr goes through them.
 * Each rests on what the one before it left.
 */

let environment: RecoveryEnvironment;
let source: KubeClient;
let destination: KubeClient;
let operator: KubeClient;

let key: SigningKey;
let request: Stored<AccessRequest>;
let grant: string;
let answer: Stored<AccessRequest>;
let point: PointAnswer;
let recovery: Stored<Recovery>;

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod, dr } = environment.clusters;
  const alice = await environment.user('alice');
  source = clientOf(alice.kubeconfigs.prod);
  destination = clientOf(alice.kubeconfigs.dr);
  operator = clientOf(environment.operator.kubeconfigs.dr);
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(alice, 'prod', 'shop', ['shop'], '--destination', `cluster:${dr.clusterId}`);
  await backUp(prod, 'older');
  await backUp(prod, 'newer');
  const args = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice'];
  await environment.operator.recover(...args);
  await syncBackups(environment, 'dr', 'newer');
  key = await ephemeralKey();
});

afterAll(async () => {
  await Promise.all([source?.close(), destination?.close(), operator?.close()]);
  await environment?.stop();
});

test('the request of the user for a recovery of the application group is received', async () => {
  request = await ask(source, { group: 'shop', publicKey: key.publicJwk, wants: { grant: true } });
  expect(request.spec.requester?.username).toBe('alice');
  expect(findCondition(request.status?.conditions, 'Answered')?.status).toBe('True');
});

test('the recovery points of the group are listed, and one of them is selected', async () => {
  const given = request.status?.grant;
  if (given === undefined) throw new Error('no grant was given');
  grant = given;
  answer = await ask(destination, { publicKey: key.publicJwk, grant, wants: { points: { limit: 10 } } });
  const points = answer.status?.points ?? [];
  expect(points.map(({ backup, usable }) => [backup, usable])).toEqual([
    ['newer', true],
    ['older', true],
  ]);
  const selected = points.find(({ backup }) => backup === 'older');
  if (selected === undefined) throw new Error('the point is not listed');
  point = selected;
  expect(point).toMatchObject({ backup: 'older', namespaces: ['shop'] });
});

test('the identifier of the destination is determined: the UID of its kube-system', async () => {
  const { dr, prod } = environment.clusters;
  expect(answer.status?.cluster?.id).toBe(await namespaceUid(dr, 'kube-system'));
  expect(answer.status?.cluster?.id).not.toBe(prod.clusterId);
});

test('the app-group token with the ownership data of the group is accessed', async () => {
  const { prod } = environment.clusters;
  const identity = await operator.get(OWN.clusterIdentities, { name: 'prod' });
  const published = identity.spec.keys?.find(({ use }) => use === 'Grant');
  if (published === undefined) throw new Error('the source published no key for grants');
  const { payload } = await jwtVerify(grant, await importJWK({ ...published.jwk }, 'ES256'));
  const { claims } = decodeToken(appGroupToken, grant);
  expect(payload['sub']).toBe('alice');
  expect(claims.iss).toBe(clusterUrn(prod.clusterId));
  expect(claims.owners).toEqual([{ kind: 'User', name: 'alice' }]);
  expect(claims.namespaces).toEqual([['shop', await namespaceUid(prod, 'shop')]]);
  expect(claims.cnf.jwk.x).toBe(key.publicJwk.x);
});

test('the recovery is registered in the destination: point, destination and the token together', async () => {
  const { prod, dr } = environment.clusters;
  const held = {
    key,
    grant,
    sub: 'alice',
    expirySeconds: decodeToken(appGroupToken, grant).claims.exp,
    source: prod.clusterId,
    destinations: [],
  };
  const object = await recoveryFor({ held, backup: point.backup, destination: dr.clusterId });
  recovery = await destination.create(OWN.recoveries, object);
  const { claims } = decodeToken(accessToken, recovery.spec.accessToken);
  expect(claims.point).toEqual({ backup: 'older', source: prod.clusterId });
  expect(claims.destination).toEqual({ cluster: dr.clusterId });
  expect(claims.grant).toBe(grant);
});

test('point and destination are validated by the ownership data against what the destination has stored', async () => {
  const { prod, dr } = environment.clusters;
  recovery = await waitForCondition(destination, recovery, 'validated');
  const checks = recovery.status?.checks ?? [];
  expect(checks.map(({ check, outcome }) => [check, outcome])).toEqual(CHECKS.map(check => [check, 'Passed']));
  // The same token at another cluster than it names fails there: what is validated is the live destination.
  const { name, namespace } = recovery.metadata;
  const elsewhere = { ...recovery, metadata: { name, namespace }, status: undefined };
  const { requester: _, ...spec } = elsewhere.spec;
  const { status: _status, ...bare } = elsewhere;
  await expect(source.create(OWN.recoveries, { ...bare, spec } as Recovery)).rejects.toThrow('DestinationMismatch');
  expect(prod.clusterId).not.toBe(dr.clusterId);
});

test('the requester receives the result of the validation', async () => {
  const seen = await destination.get(OWN.recoveries, recovery.metadata);
  const validated = findCondition(seen.status?.conditions, 'Validated');
  expect(validated).toMatchObject({ status: 'True', reason: 'ChecksPassed' });
});

test('a recovery token is made from the validation, for this point, these targets and one Restore', async () => {
  const { dr } = environment.clusters;
  recovery = await waitForCondition(destination, recovery, 'tokenIssued');
  const { status } = recovery;
  const { claims } = decodeToken(recoveryToken, status?.recoveryToken ?? '');
  expect(claims).toMatchObject({
    iss: clusterUrn(dr.clusterId),
    aud: gateUrn(dr.clusterId),
    sub: 'alice',
    jti: recovery.metadata.uid,
    validationDigest: status?.validationDigest,
    groupID: status?.groupID,
    point: { backup: 'older' },
    targets: [['shop', await namespaceUid(dr, 'shop')]],
  });
  const self = await operator.get(OWN.clusterIdentities, { name: SELF_IDENTITY });
  expect(self.status?.clusterID).toBe(dr.clusterId);
});

test('the recovery is caused by that token', async () => {
  const { dr } = environment.clusters;
  recovery = await waitForCondition(destination, recovery, 'succeeded');
  expect(findCondition(recovery.status?.conditions, 'Succeeded')?.status).toBe('True');
  const { restoreRef, admission, recoveryToken: token = '' } = recovery.status ?? {};
  if (restoreRef === undefined) throw new Error('no Restore is named');
  const restore = await operator.get(VELERO.restores, restoreRef);
  expect(restore.metadata.uid).toBe(admission?.restoreUID);
  expect(restore.metadata.annotations?.[ANNOTATIONS.recoveryToken]).toBe(token);
  expect(decodeToken(recoveryToken, token).claims.restore.name).toBe(restore.metadata.name);
  expect(await dr.kubectl('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
  expect(decodeToken(accessToken, recovery.spec.accessToken).claims.restoreDigest).toBe(digestOf(WHOLE_GROUP));
});

/** The same method where the destination’s cluster ID is not to be had: cloud and region stand for it. */
describe('with cloud and region as destination', () => {
  let carol: TestUser;
  let inProd: KubeClient;
  let inDr: KubeClient;
  let held: HeldGrant;

  const byPlace = (cloud: string, region: string) => ({
    destination: { cloud, region, clusterUnavailable: 'the cluster did not tell its ID' },
    aud: placeUrn(cloud, region),
  });

  beforeAll(async () => {
    const { prod } = environment.clusters;
    carol = await environment.user('carol');
    [inProd, inDr] = [clientOf(carol.kubeconfigs.prod), clientOf(carol.kubeconfigs.dr)];
    await deployPlain(prod, 'carol', 'blog');
    await registerGroup(carol, 'prod', 'blog', ['blog'], '--destination', 'place:gce/europe-west3');
    await backUp(prod, 'with-blog');
    await syncBackups(environment, 'dr', 'with-blog');
    const args = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice'];
    await environment.operator.recover(...args, '--users', 'carol');
    held = await getGrant(inProd, 'blog');
  });

  afterAll(() => Promise.all([inProd?.close(), inDr?.close()]));

  test('cloud and region of the destination are those that its nodes carry', async () => {
    const self = await operator.get(OWN.clusterIdentities, { name: SELF_IDENTITY });
    expect(self.status).toMatchObject({ cloud: 'gce', region: 'europe-west3', placeFrom: 'Nodes' });
  });

  test('a token for another place is refused', async () => {
    const elsewhere = await recoveryFor({
      ...{ held, backup: 'with-blog', destination: '' },
      claims: byPlace('gce', 'us-east1'),
    });
    await expect(inDr.create(OWN.recoveries, elsewhere)).rejects.toThrow('DestinationMismatch');
  });

  test('the owner recovers without the destination having told its ID, and why is in the token', async () => {
    const args = ['--to-cloud', 'gce', '--to-region', 'europe-west3', '--yes', '-o', 'json'];
    const result = await carol.recover('blog', '--latest', '--from-context', 'prod', '--context', 'dr', ...args);
    expect(result.stderr).toContain('the destination is any cluster in gce/europe-west3: named by hand');
    expect(result.exitCode).toBe(0);
    const { metadata } = JSON.parse(result.stdout);
    const { spec } = await inDr.get(OWN.recoveries, metadata);
    const { claims } = decodeToken(accessToken, spec.accessToken);
    expect(claims.aud).toBe(placeUrn('gce', 'europe-west3'));
    expect(claims.destination.clusterUnavailable).toContain('named by hand');
    expect(await environment.clusters.dr.kubectl('get', 'cm', 'settings', '-n', 'blog', '-o', 'name')).not.toBe('');
  });

  test('where the cluster has told its ID, the same token is refused', async () => {
    await ask(inDr, { wants: {} });
    const recovery = await recoveryFor({
      ...{ held: await getGrant(inProd, 'blog'), backup: 'with-blog', destination: '' },
      claims: byPlace('gce', 'europe-west3'),
    });
    await expect(inDr.create(OWN.recoveries, recovery)).rejects.toThrow('ClusterIdentifierAvailable');
    const args = ['--to-cloud', 'aws', '--to-region', 'eu-west-1', '--yes'];
    const sameCluster = await carol.recover('blog', '--latest', '--context', 'prod', ...args);
    expect(sameCluster.stderr).toContain('ClusterIdentifierAvailable');
    expect(sameCluster.exitCode).toBe(3);
  });
});

interface Tokens {
  readonly access: AccessClaims;
  readonly grant: GrantClaims;
  readonly recovered: RecoveryClaims;
  /** `typ` of the three headers. */
  readonly types: readonly string[];
  /** Names of the claims of the grant. */
  readonly grantClaims: readonly string[];
}

const typeOf = (token: string): string => decodeProtectedHeader(token).typ ?? '';

/** The tokens of a recovery that the plugin made; where each was signed, the catalogue has verified. */
const tokensOf = async (client: KubeClient, stdout: string): Promise<Tokens> => {
  const { metadata } = JSON.parse(stdout) as Stored<Recovery>;
  const { spec, status } = await client.get(OWN.recoveries, metadata);
  const access = decodeToken(accessToken, spec.accessToken).claims;
  const token = status?.recoveryToken ?? '';
  return {
    access,
    grant: decodeGrant(access.grant),
    recovered: decodeToken(recoveryToken, token).claims,
    types: [access.grant, spec.accessToken, token].map(typeOf),
    grantClaims: Object.keys(decodeJwt(access.grant)).sort(),
  };
};

/** What every grant says; which the living group and which its newest stamp vouches for, the others tell. */
const GRANT = [
  'cluster',
  'cnf',
  'destinations',
  'exp',
  'group',
  'iat',
  'iss',
  'jti',
  'lineage',
  'namespaces',
  'owners',
  'sub',
];
const OF_GROUP = GRANT;
const OF_ABSENT = [...GRANT, 'absent', 'stamp'].sort();
const OF_LOST = [...GRANT, 'lost', 'stamp'].sort();

/** The plugin goes each way that the method knows: what vouches, how the destination is named, which clusters. */
describe('each way of the method', () => {
  let dave: TestUser;
  let clients: Readonly<Record<'prod' | 'dr', KubeClient>>;
  let groupIds: Readonly<Record<string, string>>;
  let uids: Readonly<Record<string, string>>;

  const GROUPS = ['notes', 'photos', 'maps', 'lists', 'songs'] as const;
  const PLACE = { cloud: 'gce', region: 'europe-west3' } as const;
  const byPlace = ['--to-cloud', PLACE.cloud, '--to-region', PLACE.region] as const;

  beforeAll(async () => {
    const { prod, dr } = environment.clusters;
    dave = await environment.user('dave');
    clients = { prod: clientOf(dave.kubeconfigs.prod), dr: clientOf(dave.kubeconfigs.dr) };
    await deployPlain(prod, 'dave', ...GROUPS);
    const destinations = ['--destination', `cluster:${dr.clusterId}`, '--destination', 'place:gce/europe-west3'];
    const idOf = (name: string) =>
      dave.kubectl('prod', 'get', 'applicationgroup', name, '-n', name, '-o', 'jsonpath={.status.groupID}');
    const ids: [string, string][] = [];
    for (const name of GROUPS) {
      await registerGroup(dave, 'prod', name, [name], ...destinations);
      ids.push([name, await idOf(name)]);
    }
    groupIds = Object.fromEntries(ids);
    uids = Object.fromEntries(
      await Promise.all(GROUPS.map(async name => [name, await namespaceUid(prod, name)] as const)),
    );
    await backUp(prod, 'of-each-way', '--include-namespaces', GROUPS.join(','));
    await syncBackups(environment, 'dr', 'of-each-way');
    const trust = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice,carol,dave'];
    expect((await environment.operator.recover(...trust)).exitCode).toBe(0);
  });

  afterAll(() => Promise.all(Object.values(clients ?? {}).map(client => client.close())));

  const remove = async (name: string): Promise<void> => {
    await dave.kubectl('prod', 'delete', 'applicationgroup', name, '-n', name);
    const listed = async () => (await dave.recover('group', 'list', '--context', 'prod')).stdout;
    await expect.poll(listed).not.toContain(name);
  };

  interface Way {
    readonly vouching: 'the group' | 'the newest stamp of a group that is absent';
    readonly named: 'by its ID' | 'by cloud and region';
    readonly into: 'prod' | 'dr';
    readonly group: (typeof GROUPS)[number];
  }

  const WAYS: readonly Way[] = [
    // Before dr has told dave its ID.
    {
      vouching: 'the newest stamp of a group that is absent',
      named: 'by cloud and region',
      into: 'dr',
      group: 'notes',
    },
    { vouching: 'the newest stamp of a group that is absent', named: 'by its ID', into: 'dr', group: 'photos' },
    { vouching: 'the newest stamp of a group that is absent', named: 'by its ID', into: 'prod', group: 'maps' },
    { vouching: 'the group', named: 'by its ID', into: 'prod', group: 'lists' },
  ];

  test.each(WAYS)('$vouching vouches, $into is named $named ($group)', async ({ vouching, named, into, group }) => {
    const { clusters } = environment;
    const [{ clusterId: source }, { clusterId: id }] = [clusters.prod, clusters[into]];
    const isAbsent = vouching !== 'the group';
    if (isAbsent) await remove(group);
    const between = into === 'dr' ? ['--from-context', 'prod', '--context', 'dr'] : ['--context', 'prod'];
    const place = named === 'by its ID' ? [] : byPlace;
    const result = await dave.recover(group, '--latest', ...between, ...place, '--yes', '-o', 'json');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);

    const { access, grant, recovered, types, grantClaims } = await tokensOf(clients[into], result.stdout);
    expect(types).toEqual([isAbsent ? 'source-cluster+jwt' : 'app-group+jwt', 'recovery-access+jwt', 'recovery+jwt']);
    expect(grantClaims).toEqual(isAbsent ? OF_ABSENT : OF_GROUP);
    expect(grant).toMatchObject({
      iss: clusterUrn(source),
      sub: 'dave',
      group: { id: groupIds[group], namespace: group, name: group },
      namespaces: [[group, uids[group]]],
      owners: [{ kind: 'User', name: 'dave' }],
      cluster: { id: source },
    });
    const destination =
      named === 'by its ID'
        ? { cluster: id }
        : { ...PLACE, clusterUnavailable: 'named by hand, with --to-cloud and --to-region' };
    expect(access).toMatchObject({
      iss: holderUrn(await thumbprintOf(grant.cnf.jwk)),
      sub: 'dave',
      aud: named === 'by its ID' ? clusterUrn(id) : placeUrn(PLACE.cloud, PLACE.region),
      point: { backup: 'of-each-way', source },
    });
    expect(access.destination).toEqual(destination);
    expect(access.exp).toBeLessThanOrEqual(grant.exp);
    expect(recovered).toMatchObject({
      iss: clusterUrn(id),
      aud: gateUrn(id),
      sub: 'dave',
      groupID: groupIds[group],
      targets: [[group, await namespaceUid(clusters[into], group)]],
    });
    expect(await clusters[into].kubectl('get', 'cm', 'settings', '-n', group, '-o', 'jsonpath={.data.of}')).toBe(group);
  });

  test('a cluster that vouches has told its ID, so that cloud and region stand for it never', async () => {
    await remove('songs');
    const { prod } = environment.clusters;
    const held = await getGrant(clients.prod, 'songs');
    expect(decodeGrant(held.grant).absent).toBeDefined();
    const { cloud, region } = prod.place;
    const recovery = await recoveryFor({
      ...{ held, backup: 'of-each-way', destination: '' },
      claims: { destination: { cloud, region, clusterUnavailable: 'so it is said' }, aud: placeUrn(cloud, region) },
    });
    await expect(clients.prod.create(OWN.recoveries, recovery)).rejects.toThrow('ClusterIdentifierAvailable');
  });

  test('the destination vouches for a group whose cluster is lost, by the newest stamp here', async () => {
    const { prod, dr } = environment.clusters;
    const lost = ['cluster', 'declare-lost', 'prod', '--reason', 'fire', '--context', 'dr'];
    expect((await environment.operator.recover(...lost)).exitCode).toBe(0);
    const result = await dave.recover('songs', '--latest', '--context', 'dr', '--yes', '-o', 'json');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
    const { access, grant, recovered, types, grantClaims } = await tokensOf(clients.dr, result.stdout);
    expect(types).toEqual(['source-cluster+jwt', 'recovery-access+jwt', 'recovery+jwt']);
    expect(grantClaims).toEqual(OF_LOST);
    expect(grant).toMatchObject({ iss: clusterUrn(dr.clusterId), sub: 'dave', cluster: { id: prod.clusterId } });
    expect(access).toMatchObject({ aud: clusterUrn(dr.clusterId), point: { source: prod.clusterId } });
    expect(access.destination).toEqual({ cluster: dr.clusterId });
    expect(recovered).toMatchObject({ iss: clusterUrn(dr.clusterId), groupID: groupIds['songs'] });
  });
});
