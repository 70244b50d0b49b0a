import { importJWK, jwtVerify } from 'jose';
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
import { accessToken, appGroupToken, recoveryToken } from '../../api/tokens/kinds.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';
import { clusterUrn, gateUrn, placeUrn } from '../../api/tokens/urns.ts';
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
