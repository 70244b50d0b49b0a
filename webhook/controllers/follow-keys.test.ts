import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { stampToken, successionToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeCluster, newSigningKey, secondsFromNow } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { backupView } from '../cluster/cluster-caches.ts';
import { FollowKeys } from './follow-keys.ts';

const events = resourceType<KubeObject & { readonly reason: string; readonly message: string }>(
  'v1',
  'Event',
  'events',
  true,
);
const prod = await FakeCluster.create('source');
const [second, third] = await Promise.all([newSigningKey(), newSigningKey()]);

let catalogue: LiveCatalogue;
let followKeys: FollowKeys;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  catalogue.putIdentity('prod', { clusterID: prod.id, keys: prod.publicKeys() });
  followKeys = replica();
});

afterEach(() => catalogue.stop());

const replica = (): FollowKeys => {
  const { server, caches, log, metrics } = catalogue;
  return new FollowKeys({ client: server.client, caches, log, metrics, clock: () => catalogue.nowMs });
};

const statement = (next: SigningKey, by: SigningKey = prod.stampKey, cluster = prod): Promise<string> =>
  signToken(
    successionToken,
    { iss: cluster.urn, iat: secondsFromNow(-60), jti: 's', use: 'Stamp', predecessor: by.kid, jwk: next.publicJwk },
    by,
  );

/** A Backup as it came from the bucket, stamped by the newest key. */
const putBackup = async (keySuccession: string, by: SigningKey = third): Promise<void> => {
  const stamp = await signToken(stampToken, stampClaims(prod), by);
  catalogue.putBackup('nightly-1', undefined, {
    metadata: {
      ...{ namespace: 'velero', name: 'nightly-1' },
      annotations: { [ANNOTATIONS.stamp]: stamp, [ANNOTATIONS.keySuccession]: keySuccession },
    },
  });
  await catalogue.follow();
};

const reconcile = (by = followKeys) => by.reconcile('velero/nightly-1');
const successors = () =>
  (catalogue.server.find(OWN.clusterIdentities, { name: 'prod' })?.status?.successors ?? []).map(({ kid }) => kid);
const counted = async (outcome: string): Promise<number> =>
  (await catalogue.metrics.successions.get()).values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
const verdict = async (): Promise<string> => {
  const backup = catalogue.server.find(VELERO.backups, { namespace: 'velero', name: 'nightly-1' });
  return backup === undefined ? 'gone' : (await catalogue.state.stampOf(backupView(backup))).outcome;
};
const chain = async (): Promise<string> => [await statement(second), await statement(third, second)].join(' ');

describe('a rotation of a peer', () => {
  test('is followed by what its backups carry: then the stamp counts, and an Event says so', async () => {
    await putBackup(await chain());
    expect(await verdict()).toBe('invalid');
    await reconcile();
    expect(successors()).toEqual([second.kid, third.kid]);
    await expect.poll(verdict).toBe('valid');
    expect(await counted('accepted')).toBe(2);
    expect(catalogue.server.list(events)).toMatchObject([
      {
        metadata: { namespace: 'default' },
        reason: 'KeySuccessionAccepted',
        type: 'Normal',
        message: expect.stringMatching(new RegExp(`${second.kid}.*; it counts from now on$`)),
      },
      { reason: 'KeySuccessionAccepted', message: expect.stringContaining(third.kid) },
    ]);
  });

  test('changes nothing of what the operator wrote', async () => {
    await putBackup(await chain());
    await reconcile();
    expect(catalogue.server.find(OWN.clusterIdentities, { name: 'prod' })?.spec).toEqual({
      clusterID: prod.id,
      keys: prod.publicKeys(),
    });
    expect(catalogue.server.writes.filter(write => write.startsWith('PUT'))).toEqual([
      'PUT /apis/kubectl-recover.io/v1alpha1/clusteridentities/prod/status',
    ]);
  });

  test('is written down once, whoever reads it how often', async () => {
    await putBackup(await chain());
    await Promise.allSettled([reconcile(), reconcile(replica())]);
    await expect.poll(() => catalogue.caches.identities.get('prod')?.status?.successors).toHaveLength(2);
    await reconcile(replica());
    followKeys.identitiesChanged();
    await reconcile();
    expect(successors()).toEqual([second.kid, third.kid]);
    expect(catalogue.server.list(events)).toHaveLength(2);
  });

  test('of a peer whose keys are pinned is seen, told, and does not count', async () => {
    catalogue.putIdentity('prod', { clusterID: prod.id, keys: prod.publicKeys(), succession: 'Pin' });
    await putBackup(await chain());
    await reconcile();
    expect(successors()).toEqual([second.kid, third.kid]);
    await expect.poll(() => catalogue.caches.identities.get('prod')?.status?.successors).toHaveLength(2);
    expect(await verdict()).toBe('invalid');
    expect(await counted('pinned')).toBe(2);
    expect(catalogue.server.list(events)).toMatchObject([
      { reason: 'KeySuccessionPinned', type: 'Warning', message: expect.stringContaining('it does not count') },
      {},
    ]);
  });

  test('is followed when the peer is trusted after its backups came', async () => {
    catalogue.server.remove(OWN.clusterIdentities, { name: 'prod' });
    await putBackup(await chain());
    await reconcile();
    catalogue.putIdentity('prod', { clusterID: prod.id, keys: prod.publicKeys() });
    await expect.poll(() => catalogue.caches.identities.get('prod')).toBeDefined();
    followKeys.identitiesChanged();
    await reconcile();
    expect(successors()).toEqual([second.kid, third.kid]);
  });
});

test('no more successors of a peer are kept than its identity holds', async () => {
  const [key] = prod.publicKeys();
  if (key === undefined) throw new TypeError('the sample has no key');
  const kept = Array.from({ length: 63 }, (_, index) => ({
    ...{ kid: `${index}`.padStart(43, 'k'), use: 'Stamp' as const, predecessor: `${index}`.padStart(43, 'p') },
    ...{ jwk: key.jwk, since: '2026-03-02T03:00:00Z' },
  }));
  const identity = catalogue.server.find(OWN.clusterIdentities, { name: 'prod' });
  if (identity === undefined) throw new Error('nobody is trusted');
  catalogue.server.put(OWN.clusterIdentities, { ...identity, status: { successors: kept } });
  await putBackup(await chain());
  await reconcile();
  expect(successors()).toHaveLength(64);
  expect(successors().at(-1)).toBe(second.kid);
  expect(await counted('ignored')).toBe(1);
});

describe('a statement that counts for nothing', () => {
  test.each<[string, () => Promise<string>]>([
    ['that is forged', async () => statement(second, { ...third, kid: prod.stampKey.kid })],
    ['with a link missing', () => statement(third, second)],
    ['of a length that none has', async () => `${await statement(second)} ${'x'.repeat(24 * 1024)}`],
  ])('%s is counted once, and nothing is written', async (_, text) => {
    await putBackup(await text());
    await reconcile();
    followKeys.identitiesChanged();
    await reconcile();
    expect(await counted('ignored')).toBe(1);
    expect(catalogue.server.writes).toEqual([]);
    expect(await verdict()).toBe('invalid');
  });

  test('of this cluster, or of one that is no peer, is none of our business', async () => {
    const own = await statement(second, catalogue.cluster.stampKey, catalogue.cluster);
    const stranger = await FakeCluster.create('stranger');
    await putBackup(`${own} ${await statement(third, stranger.stampKey, stranger)}`);
    await reconcile();
    expect(await counted('ignored')).toBe(0);
    expect(catalogue.server.writes).toEqual([]);
  });
});
