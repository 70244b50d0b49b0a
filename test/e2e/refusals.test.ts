import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Code } from '../../api/codes.ts';
import type { Recovery, RestoreChoice } from '../../api/kinds/recovery.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { placeUrn } from '../../api/tokens/urns.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import {
  clientOf,
  getGrant,
  type HeldGrant,
  type RegistrationInput,
  recoveryFor,
  WHOLE_GROUP,
  waitForCondition,
} from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type ClusterName,
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/**
 * One refused registration for each code of the checks, by users with their own logins who speak to the API server
 * themselves: what the plugin would stop earlier must be refused all the same. Each asserts that nothing was written.
 */

let environment: RecoveryEnvironment;
let alice: TestUser;
let bob: TestUser;
let clients: Readonly<Record<'alice' | 'bob' | 'operator', Readonly<Record<ClusterName, KubeClient>>>>;
let held: HeldGrant;

const clusterId = (name: ClusterName): string => environment.clusters[name].clusterId;

const clientsOf = (user: TestUser): Readonly<Record<ClusterName, KubeClient>> => ({
  prod: clientOf(user.kubeconfigs.prod),
  dr: clientOf(user.kubeconfigs.dr),
});

/** A registration of alice in prod that would be accepted, with what the test changes of it. */
const registration = (changes: Partial<RegistrationInput> = {}): Promise<Recovery> =>
  recoveryFor({ held, backup: 'whole', destination: clusterId('prod'), ...changes });

const choosing = (choice: Partial<RestoreChoice>): Promise<Recovery> =>
  registration({ restore: { ...WHOLE_GROUP, ...choice } });

const stored = async (cluster: ClusterName): Promise<readonly string[]> => {
  const client = clients.operator[cluster];
  const [recoveries, restores] = await Promise.all([client.list(OWN.recoveries), client.list(VELERO.restores)]);
  return [...recoveries.items, ...restores.items].map(({ metadata }) => metadata.name);
};

/** Registers it and expects a refusal with exactly these codes, and nothing written. */
const expectRefused = async (
  client: KubeClient,
  recovery: Recovery,
  codes: readonly Code[],
  cluster: ClusterName = 'prod',
): Promise<ApiError> => {
  const before = await stored(cluster);
  const error = await client.create(OWN.recoveries, recovery).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  if (!(error instanceof ApiError)) throw new Error('it was not refused');
  expect(error.causes.map(({ reason }) => reason)).toEqual(codes);
  expect(error.statusCode).toBe(403);
  expect(await stored(cluster)).toEqual(before);
  return error;
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod, dr } = environment.clusters;
  [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  clients = { alice: clientsOf(alice), bob: clientsOf(bob), operator: clientsOf(environment.operator) };
  await deployPlain(prod, 'alice', 'shop', 'drafts');
  await deployPlain(prod, 'bob', 'mail');
  await deployPlain(dr, 'alice', 'other');
  await registerGroup(alice, 'prod', 'shop', ['shop']);
  await registerGroup(alice, 'prod', 'drafts', ['drafts']);
  await registerGroup(bob, 'prod', 'mail', ['mail']);
  await registerGroup(alice, 'dr', 'other', ['other']);
  await backUp(prod, 'whole');
  await backUp(prod, 'mail-only', '--include-namespaces', 'mail');
  held = await getGrant(clients.alice.prod, 'shop/shop');
});

afterAll(async () => {
  const all = Object.values(clients ?? {}).flatMap(perCluster => Object.values(perCluster));
  await Promise.all(all.map(client => client.close()));
  await environment?.stop();
});

test('the registration that the others change is accepted', async () => {
  const recovery = await clients.alice.prod.create(OWN.recoveries, await registration());
  expect(recovery.spec.requester?.username).toBe('alice');
  await waitForCondition(clients.alice.prod, recovery, 'succeeded');
});

describe('token', () => {
  test('TokenMalformed', async () => {
    const recovery = await registration();
    const spec = { ...recovery.spec, accessToken: `${recovery.spec.accessToken.slice(0, -4)}!!!!` };
    await expectRefused(clients.alice.prod, { ...recovery, spec }, ['TokenMalformed']);
  });

  test('TokenExpired', async () => {
    const past = Math.floor(Date.now() / 1000) - 120;
    const recovery = await registration({ claims: { iat: past - 60, exp: past } });
    await expectRefused(clients.alice.prod, recovery, ['TokenExpired']);
  });

  test('TokenUntrusted: signed with another key than the grant was given to', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const stolen = { ...held, key: { ...held.key, privateKey } };
    await expectRefused(clients.alice.prod, await registration({ held: stolen }), ['TokenUntrusted']);
  });

  test('TokenUntrusted: a grant of a cluster that is no peer', async () => {
    const recovery = await registration({ destination: clusterId('dr') });
    await expectRefused(clients.alice.dr, recovery, ['TokenUntrusted'], 'dr');
  });
});

describe('requester', () => {
  test('RequesterMismatch and NotOwner: a proof that somebody else took', async () => {
    await expectRefused(clients.bob.prod, await registration(), ['RequesterMismatch', 'NotOwner']);
  });

  test('NotOwner: no owner any more since the proof was given', async () => {
    const grant = await getGrant(clients.alice.prod, 'drafts/drafts');
    const patch = '{"spec":{"owners":[{"kind":"User","name":"bob"}]}}';
    await environment.operator.kubectl(
      'prod',
      'patch',
      'appgroup',
      'drafts',
      '-n',
      'drafts',
      '--type=merge',
      '-p',
      patch,
    );
    await expect
      .poll(async () => {
        const answer = await environment.operator.kubectl(
          'prod',
          'get',
          'appgroup',
          'drafts',
          '-n',
          'drafts',
          '-o',
          'json',
        );
        const { metadata, status } = JSON.parse(answer);
        return status.observedGeneration === metadata.generation;
      })
      .toBe(true);
    await expectRefused(clients.alice.prod, await registration({ held: grant }), ['NotOwner']);
  });
});

describe('destination', () => {
  test('DestinationMismatch: the token names another cluster', async () => {
    const recovery = await registration({ destination: clusterId('dr') });
    await expectRefused(clients.alice.prod, recovery, ['DestinationMismatch']);
  });

  test('ClusterIdentifierAvailable: a cloud and region, though this cluster told its ID', async () => {
    const destination = { cloud: 'aws', region: 'eu-west-1', clusterUnavailable: 'so it is said' };
    const recovery = await registration({ claims: { destination, aud: placeUrn('aws', 'eu-west-1') } });
    await expectRefused(clients.alice.prod, recovery, ['ClusterIdentifierAvailable']);
  });
});

describe('group', () => {
  test('GroupGone: deleted since the proof was given', async () => {
    const { prod } = environment.clusters;
    await deployPlain(prod, 'alice', 'short');
    await registerGroup(alice, 'prod', 'short', ['short']);
    await backUp(prod, 'with-short', '--include-namespaces', 'short');
    const grant = await getGrant(clients.alice.prod, 'short/short');
    await prod.kubectl('delete', 'appgroup', 'short', '-n', 'short');
    const recovery = await registration({ held: grant, backup: 'with-short' });
    const error = await expectRefused(clients.alice.prod, recovery, ['GroupGone']);
    expect(error.message).toContain('was deleted since the proof was given');
  });
});

describe('point', () => {
  test('PointNotFound', async () => {
    await expectRefused(clients.alice.prod, await registration({ backup: 'nowhere' }), ['PointNotFound']);
  });

  test('PointNotReady: a backup that failed', async () => {
    const { prod } = environment.clusters;
    await prod.apply({
      apiVersion: 'velero.io/v1',
      kind: 'Backup',
      metadata: { name: 'failed', namespace: 'velero' },
      spec: { storageLocation: 'no-such-location' },
    });
    await prod.kubectl('wait', 'backup/failed', '-n', 'velero', '--for=jsonpath={.status.phase}=FailedValidation');
    const recovery = await registration({ backup: 'failed' });
    await expectRefused(clients.alice.prod, recovery, ['PointNotReady', 'LocationUnavailable', 'PointNotStamped']);
  });

  test('PointExpired', async () => {
    await backUp(environment.clusters.prod, 'short-lived', '--ttl', '1s');
    await new Promise(resolve => setTimeout(resolve, 1500));
    await expectRefused(clients.alice.prod, await registration({ backup: 'short-lived' }), ['PointExpired']);
  });

  test('LocationUnavailable: the location is not here any more', async () => {
    const { prod } = environment.clusters;
    const location = JSON.parse(await prod.kubectl('get', 'bsl', 'default', '-n', 'velero', '-o', 'json'));
    const { objectStorage, ...spec } = location.spec;
    await prod.apply({
      apiVersion: 'velero.io/v1',
      kind: 'BackupStorageLocation',
      metadata: { name: 'vault', namespace: 'velero' },
      spec: { ...spec, default: false, objectStorage: { ...objectStorage, prefix: 'vault' } },
    });
    await prod.kubectl('wait', 'bsl/vault', '-n', 'velero', '--for=jsonpath={.status.phase}=Available');
    await backUp(prod, 'in-the-vault', '--storage-location', 'vault');
    await prod.kubectl('delete', 'bsl', 'vault', '-n', 'velero');
    await expectRefused(clients.alice.prod, await registration({ backup: 'in-the-vault' }), ['LocationUnavailable']);
  });
});

describe('ownership', () => {
  test('PointNotOwned: a backup of somebody else’s namespaces', async () => {
    await expectRefused(clients.alice.prod, await registration({ backup: 'mail-only' }), ['PointNotOwned']);
  });

  test('PointNotStamped: made while the catalogue was down', async () => {
    const { replicas } = environment.catalogues.prod;
    await Promise.all(replicas.map(replica => replica.stop()));
    await backUp(environment.clusters.prod, 'unstamped');
    await Promise.all(replicas.map(replica => replica.start()));
    await expectRefused(clients.alice.prod, await registration({ backup: 'unstamped' }), ['PointNotStamped']);
  });

  test('StampInvalid: the stamp of another backup, put into the bucket by who can write there', async () => {
    const { objectStore } = environment.environment;
    if (objectStore === undefined) throw new Error('the environment has no object store');
    const backups = join(objectStore.bucketDir, 'prod', 'backups');
    await cp(join(backups, 'whole'), join(backups, 'copied'), { recursive: true });
    const file = join(backups, 'copied', 'velero-backup.json');
    const backup = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...backup, metadata: { ...backup.metadata, name: 'copied' } }));
    await syncBackups(environment, 'prod', 'copied');
    await expectRefused(clients.alice.prod, await registration({ backup: 'copied' }), ['StampInvalid']);
  });
});

describe('scope', () => {
  test('ScopeExceeded: something else is asked for than was signed', async () => {
    const recovery = await registration({ asked: { ...WHOLE_GROUP, volumes: 'Skip' } });
    await expectRefused(clients.alice.prod, recovery, ['ScopeExceeded']);
  });

  test('ScopeExceeded: a namespace that the group has no part in', async () => {
    const recovery = await choosing({ namespaceMapping: { mail: 'shop-mail' } });
    await expectRefused(clients.alice.prod, recovery, ['ScopeExceeded']);
  });

  test('ResourceExcluded: what is never recovered this way', async () => {
    const recovery = await choosing({ includedResources: ['clusterroles.rbac.authorization.k8s.io'] });
    await expectRefused(clients.alice.prod, recovery, ['ResourceExcluded']);
  });
});

describe('targets', () => {
  const into = (target: string) => choosing({ namespaceMapping: { shop: target } });

  test('NamespaceTaken: a namespace of another group', async () => {
    await expectRefused(clients.alice.prod, await into('mail'), ['NamespaceTaken']);
  });

  test('NamespaceTaken: a namespace of nobody, whose admin she is not', async () => {
    await environment.clusters.prod.kubectl('create', 'namespace', 'bystander');
    await expectRefused(clients.alice.prod, await into('bystander'), ['NamespaceTaken']);
  });

  test.each(['kube-system', 'velero', 'kubectl-recover-system', 'default'])('NamespaceProtected: %s', async target => {
    await expectRefused(clients.alice.prod, await into(target), ['NamespaceProtected']);
  });

  test('NewNamespaceNotAllowed: a name that policy does not let be made', async () => {
    await expectRefused(clients.alice.prod, await into('anything'), ['NewNamespaceNotAllowed']);
  });
});

describe('policy', () => {
  test('PolicyDenied: a policy that asks for a reason', async () => {
    const { prod } = environment.clusters;
    const shipped = JSON.parse(await prod.kubectl('get', 'rcvp', 'default', '-o', 'json'));
    await prod.apply({
      apiVersion: shipped.apiVersion,
      kind: 'RecoveryPolicy',
      metadata: { name: 'say-why' },
      spec: { ...shipped.spec, match: { groups: ['shop/shop'] }, reasonPattern: 'INC-[0-9]+' },
    });
    const error = await expectRefused(clients.alice.prod, await registration(), ['PolicyDenied']);
    expect(error.message).toContain('policy "say-why", reasonPattern');
    await prod.kubectl('delete', 'rcvp', 'say-why');
  });
});

describe('between clusters that trust each other', () => {
  const trust = async (...more: readonly string[]) => {
    const args = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', ...more];
    const result = await environment.operator.recover(...args);
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
  };

  test('NotOwner: users of the peer are not mapped to users here', async () => {
    await trust();
    await syncBackups(environment, 'dr', 'whole');
    const recovery = await registration({ destination: clusterId('dr') });
    const error = await expectRefused(clients.alice.dr, recovery, ['NotOwner', 'DestinationNotAllowed'], 'dr');
    expect(error.message).toContain('users of that cluster are not mapped to users here');
  });

  test('DestinationNotAllowed: the owners name no such destination', async () => {
    await trust('--users', 'alice');
    const recovery = await registration({ destination: clusterId('dr') });
    await expectRefused(clients.alice.dr, recovery, ['DestinationNotAllowed'], 'dr');
  });

  test('PointShadowed: a backup of that name is here, but it is this cluster’s own', async () => {
    const { prod, dr } = environment.clusters;
    const patch = `{"spec":{"destinations":[{"clusterID":"${dr.clusterId}"}]}}`;
    await alice.kubectl('prod', 'patch', 'appgroup', 'shop', '-n', 'shop', '--type=merge', '-p', patch);
    await backUp(dr, 'same-name');
    await backUp(prod, 'same-name');
    await expect
      .poll(async () => (await getGrant(clients.alice.prod, 'shop/shop')).destinations)
      .toEqual([{ clusterID: dr.clusterId }]);
    const grant = await getGrant(clients.alice.prod, 'shop/shop');
    const recovery = await registration({ held: grant, backup: 'same-name', destination: dr.clusterId });
    await expectRefused(clients.alice.dr, recovery, ['PointShadowed'], 'dr');
  });

  test('TokenRevoked: the operator revoked the key that signed the grant', async () => {
    const peer = await clients.operator.dr.get(OWN.clusterIdentities, { name: 'prod' });
    const keys = (peer.spec.keys ?? []).map(key => (key.use === 'Grant' ? { ...key, state: 'Revoked' as const } : key));
    await clients.operator.dr.replace(OWN.clusterIdentities, { ...peer, spec: { ...peer.spec, keys } });
    const recovery = await registration({ destination: clusterId('dr') });
    await expect
      .poll(async () => {
        const error = await clients.alice.dr.create(OWN.recoveries, recovery).catch((thrown: unknown) => thrown);
        return error instanceof ApiError ? error.causes.map(({ reason }) => reason) : error;
      })
      .toEqual(['TokenRevoked']);
    await expectRefused(clients.alice.dr, recovery, ['TokenRevoked'], 'dr');
  });
});
