import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomName } from '../../api/digest.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_NAMESPACE, GROUP_VERSION } from '../../api/names.ts';
import { type AppGroupClaims, type StampClaims, stampToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signingKeyOf, signToken } from '../../api/tokens/sign-token.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf, ephemeralKey, getGrant, type HeldGrant, recoveryFor } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { FakeCluster } from '../fakes/fake-authority.ts';
import { encodePart, forgeToken, partsOf, readPart } from '../fakes/forge-token.ts';

/**
 * Who can write into the bucket, and a peer that is trusted for its own and speaks for others: what they make of a
 * backup is no recovery point, and nothing is done to the Backup.
 */

const OBJECTS = 'objects.kubectl-recover.io';

let environment: RecoveryEnvironment;
let alice: KubeClient;
let operator: KubeClient;
let held: HeldGrant;
/** A trusted peer whose keys are in the hands of the test. */
let third: FakeCluster;
/** The honest stamp of `whole`. */
let stamp: string;
let groupId: string;
let stampKey: SigningKey;

/** A Backup as its file in the bucket has it. */
type Draft = { -readonly [Key in keyof Backup]: Backup[Key] } & {
  metadata: Backup['metadata'] & { annotations: Record<string, string> };
};

const folderOf = (backup: string): string => {
  const { objectStore } = environment.environment;
  if (objectStore === undefined) throw new Error('the environment has no object store');
  return join(objectStore.bucketDir, 'prod', 'backups', backup);
};

const fileOf = (backup: string): string => join(folderOf(backup), 'velero-backup.json');

/** Rewrites the file of a backup in the bucket. */
const rewrite = async (backup: string, change: (draft: Draft) => Promise<void> | void): Promise<void> => {
  const draft = JSON.parse(await readFile(fileOf(backup), 'utf8')) as Draft;
  await change(draft);
  await writeFile(fileOf(backup), JSON.stringify(draft));
};

/** A copy in the bucket under another name, changed before anybody sees it. */
const copyOf = async (from: string, to: string, change: (draft: Draft) => Promise<void> | void): Promise<void> => {
  await cp(folderOf(from), folderOf(to), { recursive: true });
  await rewrite(to, async draft => {
    draft.metadata = { ...draft.metadata, name: to };
    await change(draft);
  });
};

const register = (backup: string, changes: Partial<Parameters<typeof recoveryFor>[0]> = {}): Promise<Recovery> =>
  recoveryFor({ held, backup, destination: environment.clusters.prod.clusterId, ...changes });

const expectRefused = async (recovery: Recovery, backup: string, codes: string): Promise<void> => {
  const { prod } = environment.clusters;
  const before = await operator.get(VELERO.backups, { namespace: 'velero', name: backup });
  const restores = await prod.kubectl('get', 'restores.velero.io', '-n', 'velero', '-o', 'name');
  expect(await verdictOf(alice.create(OWN.recoveries, recovery, { dryRun: true }))).toBe(`${OBJECTS}: ${codes}`);
  expect(await verdictOf(alice.create(OWN.recoveries, recovery))).toBe(`${OBJECTS}: ${codes}`);
  expect(await operator.find(OWN.recoveries, recovery.metadata)).toBeUndefined();
  expect(await prod.kubectl('get', 'restores.velero.io', '-n', 'velero', '-o', 'name')).toBe(restores);
  const { metadata, spec }: Stored<Backup> = await operator.get(VELERO.backups, before.metadata);
  expect({ uid: metadata.uid, spec, annotations: metadata.annotations }).toEqual({
    uid: before.metadata.uid,
    spec: before.spec,
    annotations: before.metadata.annotations,
  });
};

const stampClaims = (): StampClaims => decodeToken(stampToken, stamp).claims;

const without =
  (name: string) =>
  ({ metadata }: Draft): void => {
    delete metadata.annotations[name];
  };
const stamped =
  (make: (draft: Draft) => Promise<string> | string) =>
  async (draft: Draft): Promise<void> => {
    draft.metadata.annotations[ANNOTATIONS.stamp] = await make(draft);
  };

/** As the cluster itself would have stamped it, with its key; what is done after that is the attack. */
const honestly = stamped(({ metadata, status }) => {
  const claims = stampClaims();
  const backup = { ...claims.backup, name: metadata.name, startTime: status?.startTimestamp ?? '' };
  return signToken(stampToken, { ...claims, jti: randomName(), backup }, stampKey);
});

const keyOfStamps = async (): Promise<SigningKey> => {
  const { data } = await operator.get(CORE.secrets, { namespace: CATALOGUE_NAMESPACE, name: 'stamp-key' });
  return signingKeyOf(JSON.parse(Buffer.from(data?.['private.jwk'] ?? '', 'base64').toString('utf8')));
};

const [startsLater, startsEarlier] = [60_000, -60_000].map(offsetMs => (draft: Draft): void => {
  const startTimestamp = new Date(Date.parse(draft.status?.startTimestamp ?? '') + offsetMs).toISOString();
  draft.status = { ...draft.status, startTimestamp: startTimestamp.replace('.000Z', 'Z') };
});
if (!startsLater || !startsEarlier) throw new Error('two offsets make two changes');

const unsecured = (signature: string): string => {
  const [header, payload] = partsOf(stamp);
  return `${encodePart({ ...readPart(header), alg: 'none' })}.${payload}.${signature}`;
};
const cut = (token: string): string => token.slice(0, token.length / 2);

/** What is done to the file of a backup after it was honestly stamped; each keeps its name. */
const CHANGES: Readonly<Record<string, readonly [what: string, code: string, (draft: Draft) => Promise<void> | void]>> =
  {
    'same-again': ['nothing', 'stored', () => undefined],
    'no-stamp': ['the stamp taken off', 'PointNotStamped', without(ANNOTATIONS.stamp)],
    'other-namespaces': [
      'selects other namespaces',
      'StampInvalid',
      draft => {
        draft.spec = { ...draft.spec, includedNamespaces: ['shop', 'mail', 'velero'] };
      },
    ],
    'other-kinds': [
      'selects other kinds',
      'StampInvalid',
      draft => {
        draft.spec = { ...draft.spec, excludedResources: ['secrets'] };
      },
    ],
    'by-label': [
      'selects by label',
      'StampInvalid',
      draft => {
        draft.spec = { ...draft.spec, labelSelector: { matchLabels: { a: 'b' } } };
      },
    ],
    later: ['begun later', 'StampInvalid', startsLater],
    earlier: ['begun earlier', 'StampInvalid', startsEarlier],
    moved: ['the stamp of another backup', 'StampInvalid', stamped(() => stamp)],
    truncated: [
      'half a stamp',
      'StampInvalid',
      stamped(draft => cut(draft.metadata.annotations[ANNOTATIONS.stamp] ?? '')),
    ],
    oversized: ['a stamp over its size', 'StampInvalid', stamped(() => 'A'.repeat(stampToken.maxLength + 1))],
    empty: ['an empty stamp', 'StampInvalid', stamped(() => '')],
    unsecured: ['algorithm none', 'StampInvalid', stamped(() => unsecured(''))],
    'half-secured': ['algorithm none with a signature', 'StampInvalid', stamped(() => unsecured(partsOf(stamp)[2]))],
    'another-key': [
      'a key of nobody',
      'StampInvalid',
      stamped(async draft => {
        const key = await ephemeralKey();
        const [header, payload] = partsOf(draft.metadata.annotations[ANNOTATIONS.stamp] ?? '');
        return forgeToken({ header: { ...readPart(header), kid: key.kid }, payload: readPart(payload), key });
      }),
    ],
    'grant-for-stamp': ['the grant of its owner', 'StampInvalid', stamped(() => held.grant)],
  };

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  const user = await environment.user('alice');
  alice = clientOf(user.kubeconfigs.prod);
  operator = clientOf(environment.operator.kubeconfigs.prod);
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  await registerGroup(user, 'prod', 'shop', ['shop']);
  await registerGroup(await environment.user('bob'), 'prod', 'mail', ['mail']);
  third = await FakeCluster.create('third', { cloud: 'aws', region: 'eu-west-1' });
  const identity: ClusterIdentity = {
    apiVersion: GROUP_VERSION,
    kind: 'ClusterIdentity',
    metadata: { name: 'third' },
    spec: { clusterID: third.id, keys: third.publicKeys(), identityTrust: { users: ['alice'] } },
  };
  await operator.create(OWN.clusterIdentities, identity);
  await backUp(prod, 'whole');
  const whole = await operator.get(VELERO.backups, { namespace: 'velero', name: 'whole' });
  stamp = whole.metadata.annotations?.[ANNOTATIONS.stamp] ?? '';
  held = await getGrant(alice, 'shop/shop');
  groupId = stampClaims().groups.find(({ name }) => name === 'shop')?.id ?? '';
  stampKey = await keyOfStamps();
});

afterAll(async () => {
  await Promise.all([alice?.close(), operator?.close()]);
  await environment?.stop();
});

describe('a backup that was changed in the bucket', () => {
  beforeAll(async () => {
    for (const [name, [, , change]] of Object.entries(CHANGES)) {
      await copyOf('whole', name, async draft => {
        await honestly(draft);
        await change(draft);
      });
    }
    await syncBackups(environment, 'prod', 'same-again');
    await waitUntil(
      'all backups of the bucket to be seen again',
      async () => {
        const seen = (await operator.list(VELERO.backups)).items.map(({ metadata }) => metadata.name);
        return Object.keys(CHANGES).every(name => seen.includes(name));
      },
      { timeoutSeconds: 60 },
    );
  });

  test.each(
    Object.entries(CHANGES).map(([backup, [what, code]]) => [code, what, backup] as const),
  )('T38, T39 | ownership | %s | %s', async (code, _what, backup) => {
    const recovery = await register(backup);
    if (code === 'stored') {
      expect(await verdictOf(alice.create(OWN.recoveries, recovery, { dryRun: true }))).toBe('stored');
    } else await expectRefused(recovery, backup, code);
  });
});

const removeObject = (backup: string): Promise<string> =>
  environment.clusters.prod.kubectl('delete', 'backups.velero.io', backup, '-n', 'velero');

describe('T37: a name that is taken in the bucket', () => {
  test('point | PointNotReady | the Backup that failed over it, whose stamp is genuine', async () => {
    const { prod } = environment.clusters;
    await removeObject('whole');
    await prod.veleroServer.stop();
    await prod.veleroServer.start();
    expect(await backUp(prod, 'whole')).not.toBe('Completed');
    const squatter = await operator.get(VELERO.backups, { namespace: 'velero', name: 'whole' });
    expect(squatter.status?.phase).toBe('Failed');
    await expectRefused(await register('whole'), 'whole', 'PointNotReady');
  });

  test('ownership | StampInvalid | its stamp on the backup that it lay over', async () => {
    const squatter = await operator.get(VELERO.backups, { namespace: 'velero', name: 'whole' });
    const genuine = squatter.metadata.annotations?.[ANNOTATIONS.stamp] ?? '';
    expect(decodeToken(stampToken, genuine).claims.backup.name).toBe('whole');
    await rewrite(
      'whole',
      stamped(() => genuine),
    );
    await removeObject('whole');
    await syncBackups(environment, 'prod', 'whole');
    await expectRefused(await register('whole'), 'whole', 'StampInvalid');
    await rewrite(
      'whole',
      stamped(() => stamp),
    );
    await removeObject('whole');
    await syncBackups(environment, 'prod', 'whole');
    expect(await verdictOf(alice.create(OWN.recoveries, await register('whole'), { dryRun: true }))).toBe('stored');
  });
});

describe('T58: a trusted peer that speaks for a group of this cluster', () => {
  const ownGroup = (): string => `${third.id}/${groupId.split('/')[1]}`;

  /** Stamped by the peer, over what the file says, with what it says of groups. */
  const stampedByThird = (groups: (genuine: StampClaims['groups']) => StampClaims['groups']) =>
    stamped(async draft => {
      const claims = stampClaims();
      const backup = {
        ...claims.backup,
        name: draft.metadata.name,
        startTime: draft.status?.startTimestamp ?? '',
      };
      const ours = { iss: third.urn, jti: randomName(), cluster: third.cluster };
      return third.issueStamp({ ...claims, ...ours, backup, groups: groups(claims.groups) });
    });

  /** A grant by the peer to alice, which she holds the key of. */
  const grantOfThird = async (claims: Partial<AppGroupClaims>): Promise<HeldGrant> => {
    const { prod } = environment.clusters;
    const iat = Math.floor(Date.now() / 1000);
    const group = stampClaims().groups.find(({ id }) => id === groupId);
    if (group === undefined) throw new Error('the stamp does not hold the group');
    const grant = await third.issueGrant({
      iss: third.urn,
      sub: 'alice',
      iat,
      exp: iat + 600,
      jti: randomName(),
      cnf: { jwk: held.key.publicJwk },
      group: { id: ownGroup(), namespace: 'shop', name: 'shop' },
      namespaces: group.namespaces,
      owners: [{ kind: 'User', name: 'alice' }],
      destinations: [{ clusterID: prod.clusterId }],
      lineage: [third.id],
      cluster: third.cluster,
      ...claims,
    });
    return { ...held, grant, expirySeconds: iat + 600, source: third.id };
  };

  beforeAll(async () => {
    await copyOf(
      'whole',
      'of-our-group',
      stampedByThird(groups => groups),
    );
    await copyOf(
      'whole',
      'of-its-own-group',
      stampedByThird(groups => groups.map(group => ({ ...group, id: group.id.replace(/^[^/]+/, third.id) }))),
    );
    await syncBackups(environment, 'prod', 'of-its-own-group');
  });

  afterAll(async () => {
    await Promise.all(['of-our-group', 'of-its-own-group'].map(name => rm(folderOf(name), { recursive: true })));
  });

  test('token | TokenUntrusted | its grant with the ID of our group', async () => {
    const lies: Partial<AppGroupClaims>[] = [
      { group: { id: groupId, namespace: 'shop', name: 'shop' } },
      { group: { id: groupId, namespace: 'shop', name: 'shop' }, lineage: [environment.clusters.prod.clusterId] },
      {
        group: { id: groupId, namespace: 'shop', name: 'shop' },
        lineage: [third.id, environment.clusters.prod.clusterId],
      },
      { cluster: { id: environment.clusters.prod.clusterId } },
    ];
    for (const lie of lies) {
      for (const backup of ['whole', 'of-our-group', 'of-its-own-group']) {
        await expectRefused(await register(backup, { held: await grantOfThird(lie) }), backup, 'TokenUntrusted');
      }
    }
  });

  test('ownership | StampInvalid | its stamp for our group, with our grant', async () => {
    const point = { backup: 'of-our-group', source: third.id };
    await expectRefused(await register('of-our-group', { claims: { point } }), 'of-our-group', 'StampInvalid');
  });

  test('point | PointShadowed | its stamp for our group, as a point of ours', async () => {
    await expectRefused(await register('of-our-group'), 'of-our-group', 'PointShadowed');
  });

  test('ownership | PointNotOwned | its stamp for our group, with a grant for its own', async () => {
    await expectRefused(
      await register('of-our-group', { held: await grantOfThird({}) }),
      'of-our-group',
      'PointNotOwned',
    );
  });

  test('ownership | PointNotOwned | our stamp, with a grant for its own that names us in its lineage', async () => {
    const { clusterId } = environment.clusters.prod;
    const lie = { held: await grantOfThird({ lineage: [third.id, clusterId] }) };
    const recovery = await register('whole', { ...lie, claims: { point: { backup: 'whole', source: clusterId } } });
    await expectRefused(recovery, 'whole', 'PointNotOwned');
  });

  test('ownership | StampInvalid | our stamp, with a grant for its own', async () => {
    const point = { backup: 'whole', source: environment.clusters.prod.clusterId };
    const recovery = await register('whole', { held: await grantOfThird({}), claims: { point } });
    await expectRefused(recovery, 'whole', 'StampInvalid');
  });

  test('targets | NamespaceTaken | its stamp and its grant for its own, over the namespaces of our group', async () => {
    const recovery = await register('of-its-own-group', { held: await grantOfThird({}) });
    await expectRefused(recovery, 'of-its-own-group', 'NamespaceTaken');
  });

  test('requester | NotOwner | a grant to somebody whom identityTrust does not name', async () => {
    const grant = await grantOfThird({ sub: 'mallory', owners: [{ kind: 'User', name: 'mallory' }] });
    const recovery = await register('of-its-own-group', { held: { ...grant, sub: 'mallory' } });
    const mallory = clientOf((await environment.user('mallory')).kubeconfigs.prod);
    const verdict = await verdictOf(mallory.create(OWN.recoveries, recovery));
    await mallory.close();
    expect(verdict).toBe(`${OBJECTS}: NotOwner,NamespaceTaken`);
  });
});
