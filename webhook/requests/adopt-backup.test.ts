import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { adoptedStampToken, stampToken } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { contentOf, namespaceEntry } from '../../test/fakes/backup-content.ts';
import { codeOf } from '../../test/fakes/code-of.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { keptCodeOf } from '../../test/fakes/kept-code-of.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { stampClaims } from '../../test/fakes/sample-claims.ts';
import { backupView } from '../cluster/cluster-caches.ts';
import { readNamespaces } from '../stamping/read-namespaces.ts';
import { adoptBackup, type StampWish } from './adopt-backup.ts';

const events = resourceType<KubeObject>('v1', 'Event', 'events', true);
const operator = { username: 'olga' };

let catalogue: LiveCatalogue;
/** The content of every backup. */
let content: Buffer;
let allowed: string[];

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
  catalogue.putGroup('shop', { namespaces: ['shop', 'shop-db'] });
  catalogue.putGroup('mail', { owners: ['bob'] });
  content = contentOf(...['shop', 'shop-db', 'mail'].map(name => namespaceEntry(name, uidOf(`namespace ${name}`))));
  allowed = ['velero'];
});

afterEach(() => catalogue.stop());

const adopt = async (wish: Partial<StampWish> = {}, id = 'request-1') => {
  await catalogue.follow();
  const { state, log, metrics, cluster, server } = catalogue;
  return adoptBackup(
    {
      ...{ client: server.client, state, log, metrics },
      stampKey: () => cluster.stampKey,
      mayStamp: async (_, namespace) => allowed.includes(namespace),
      contentOf: () => readNamespaces(Readable.from([content])),
      clock: () => catalogue.nowMs,
    },
    { id, wish: { backup: 'old', ...wish }, requester: operator },
  );
};

const stored = () => {
  const backup = catalogue.server.find(VELERO.backups, { namespace: 'velero', name: 'old' });
  if (backup === undefined) throw new Error('there is no backup');
  return backup;
};
const verdict = () => catalogue.state.stampOf(backupView(stored()));
const adoptedStamp = () => stored().metadata.annotations?.[ANNOTATIONS.adoptedStamp];

describe('a backup without a stamp', () => {
  beforeEach(() => catalogue.putBackup('old', undefined));

  test('is adopted for the groups that live now, by who asked, and counts', async () => {
    expect(await adopt({ reason: 'from before' })).toEqual({
      backup: 'old',
      outcome: 'Adopted',
      groups: ['shop/shop', 'mail/mail'],
    });
    expect(await verdict()).toMatchObject({
      outcome: 'valid',
      issuer: catalogue.cluster.id,
      adoption: { kind: 'Adopted', by: 'olga', reason: 'from before' },
      claims: {
        groups: [
          { name: 'shop', owners: [{ name: 'alice' }] },
          { name: 'mail', owners: [{ name: 'bob' }] },
        ],
      },
    });
    expect(await catalogue.stampsCounted('adopted')).toBe(1);
    expect(catalogue.server.list(events)).toMatchObject([
      { metadata: { namespace: 'velero' }, reason: 'BackupAdopted', message: expect.stringContaining('olga') },
    ]);
  });

  test('is not for a namespace that was made anew, has gone, or is not in it', async () => {
    content = contentOf(
      namespaceEntry('shop', uidOf('namespace shop')),
      namespaceEntry('shop-db', uidOf('an earlier namespace shop-db')),
      namespaceEntry('gone', uidOf('namespace gone')),
    );
    expect(await adopt()).toMatchObject({ groups: ['shop/shop'] });
    const found = await verdict();
    const groups = found.outcome === 'valid' ? found.claims.groups : [];
    expect(groups.map(({ namespaces }) => namespaces)).toEqual([[['shop', uidOf('namespace shop')]]]);
  });

  test.each<[string, () => void, string]>([
    [
      'that holds nothing of a group',
      () => {
        content = contentOf(namespaceEntry('other', uidOf('x')));
      },
      'PointNotOwned',
    ],
    [
      'whose content is damaged',
      () => {
        content = Buffer.from('hush');
      },
      'StampInvalid',
    ],
    [
      'that is not finished',
      () =>
        catalogue.putBackup('old', undefined, {
          status: { phase: 'InProgress', startTimestamp: '2026-03-02T03:00:00Z' },
        }),
      'PointNotReady',
    ],
    [
      'that is being deleted',
      () => {
        const metadata = { ...stored().metadata, deletionTimestamp: '2026-03-02T12:00:00Z' };
        catalogue.server.put(VELERO.backups, { ...stored(), metadata });
      },
      'PointNotReady',
    ],
    [
      'that does not exist',
      () => catalogue.server.remove(VELERO.backups, { namespace: 'velero', name: 'old' }),
      'PointNotFound',
    ],
    [
      'for who lacks the verb',
      () => {
        allowed = [];
      },
      'Forbidden',
    ],
  ])('%s is refused', async (_, flaw, code) => {
    flaw();
    expect(await keptCodeOf('adopt', () => adopt())).toBe(code);
    expect(catalogue.server.writes).toEqual([]);
  });

  test('is adopted though it partially failed', async () => {
    const status = { phase: 'PartiallyFailed', startTimestamp: '2026-03-02T03:00:00Z' } as const;
    catalogue.putBackup('old', undefined, { status });
    expect(await adopt()).toMatchObject({ outcome: 'Adopted' });
  });

  test('is not said to have changed where the API server does not answer', async () => {
    catalogue.server.failure = ({ method }) => (method === 'PATCH' ? 500 : undefined);
    await expect(adopt()).rejects.toMatchObject({ statusCode: 500 });
  });

  test('whose content cannot be read is refused with that', async () => {
    await catalogue.follow();
    const { state, log, metrics, cluster, server } = catalogue;
    const tools = {
      ...{ client: server.client, state, log, metrics },
      stampKey: () => cluster.stampKey,
      mayStamp: async () => true,
      contentOf: () => Promise.reject(new Error('no route to host')),
      clock: () => catalogue.nowMs,
    };
    const request = { id: 'x', wish: { backup: 'old' }, requester: operator };
    expect(await keptCodeOf('adopt', () => adoptBackup(tools, request))).toBe('LocationUnavailable');
  });

  test('that carries none is not taken over', async () => {
    const attempt = () => adopt({ reattest: true, reason: 'x' });
    expect(await keptCodeOf('adopt', attempt)).toBe('PointNotStamped');
  });

  test('in a dry run is judged, and nothing is written', async () => {
    expect(await adopt({ dryRun: true })).toMatchObject({ outcome: 'Adopted', groups: ['shop/shop', 'mail/mail'] });
    expect(catalogue.server.writes).toEqual([]);
    expect(await catalogue.stampsCounted('adopted')).toBe(0);
  });

  test('is adopted once: asked again by another, it is stamped already; by another replica, it is this adoption', async () => {
    await adopt({}, 'request-1');
    const first = adoptedStamp();
    expect(await adopt({}, 'request-1')).toMatchObject({ outcome: 'Adopted' });
    expect(await adopt({}, 'request-2')).toMatchObject({ outcome: 'StampedAlready' });
    expect(adoptedStamp()).toBe(first);
  });

  test('that Velero writes meanwhile is judged again', async () => {
    catalogue.server.meanwhile = ({ method }) => {
      if (method !== 'PATCH') return;
      catalogue.server.meanwhile = () => undefined;
      catalogue.putBackup('old', undefined, { status: { phase: 'Deleting', startTimestamp: '2026-03-02T03:00:00Z' } });
    };
    expect(await codeOf(() => adopt())).toBe('StateUnavailable');
    expect(adoptedStamp()).toBeUndefined();
  });

  test('that cannot be told of is adopted all the same', async () => {
    catalogue.server.failure = ({ url }) => (url.includes('/events') ? 403 : undefined);
    expect(await adopt()).toMatchObject({ outcome: 'Adopted' });
  });
});

describe('a stamp', () => {
  const stamped = async (by: FakeCluster) =>
    by.issueStamp({ ...stampClaims(by), backup: { ...stampClaims(by).backup, name: 'old' } });

  test('that counts stays as it is', async () => {
    catalogue.putBackup('old', await stamped(catalogue.cluster));
    expect(await adopt()).toMatchObject({ outcome: 'StampedAlready', groups: ['shop/shop'] });
    expect(await adopt({ reattest: true, reason: 'x' })).toMatchObject({ outcome: 'StampedAlready' });
    expect(catalogue.server.writes).toEqual([]);
  });

  describe('of a revoked key', () => {
    let peer: FakeCluster;
    beforeEach(async () => {
      peer = await FakeCluster.create('peer');
      catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys('Revoked') });
      catalogue.putBackup('old', await stamped(peer));
    });

    test('is not passed over: it is taken over when that is asked for, and speaks for its own cluster', async () => {
      expect(await keptCodeOf('adopt', () => adopt())).toBe('StampInvalid');
      expect(await adopt({ reattest: true, reason: 'on the list' })).toMatchObject({ outcome: 'Reattested' });
      expect(await verdict()).toMatchObject({
        outcome: 'valid',
        issuer: peer.id,
        adoption: { kind: 'Reattested', by: 'olga', reason: 'on the list' },
      });
      expect(await catalogue.stampsCounted('reattested')).toBe(1);
    });

    test('vouches for no other stamp that is put in its place', async () => {
      await adopt({ reattest: true, reason: 'on the list' });
      const taken = adoptedStamp() ?? '';
      const claims = { ...stampClaims(peer), backup: { ...stampClaims(peer).backup, name: 'old' }, jti: 'forged' };
      const { metadata, ...backup } = stored();
      const annotations = { [ANNOTATIONS.stamp]: await peer.issueStamp(claims), [ANNOTATIONS.adoptedStamp]: taken };
      catalogue.server.put(VELERO.backups, { ...backup, metadata: { ...metadata, annotations } });
      expect((await verdict()).outcome).toBe('invalid');
    });

    test('that does not fit the backup is not taken over', async () => {
      catalogue.putBackup('old', await peer.issueStamp(stampClaims(peer)));
      expect(await keptCodeOf('adopt', () => adopt({ reattest: true, reason: 'x' }))).toBe('StampInvalid');
    });
  });

  test.each<[string, (peer: FakeCluster) => void]>([
    ['that nobody has ever trusted', () => undefined],
    ['of a peer without that key', peer => catalogue.putIdentity('peer', { clusterID: peer.id, keys: [] })],
  ])('%s is not taken over', async (_, given) => {
    const peer = await FakeCluster.create('peer');
    given(peer);
    catalogue.putBackup('old', await stamped(peer));
    expect(await keptCodeOf('adopt', () => adopt({ reattest: true, reason: 'x' }))).toBe('TokenUntrusted');
    expect(catalogue.server.writes).toEqual([]);
  });

  test('that is forged under the name of a revoked key is not taken over', async () => {
    const [peer, thief] = await Promise.all([FakeCluster.create('peer'), FakeCluster.create('thief')]);
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys('Revoked') });
    const claims = { ...stampClaims(peer), backup: { ...stampClaims(peer).backup, name: 'old' } };
    const forged = await signToken(stampToken, claims, { ...thief.stampKey, kid: peer.stampKey.kid });
    catalogue.putBackup('old', forged);
    expect(await keptCodeOf('adopt', () => adopt({ reattest: true, reason: 'x' }))).toBe('TokenUntrusted');
  });
});

describe('an adopted stamp', () => {
  beforeEach(() => catalogue.putBackup('old', undefined));

  const moveTo = (name: string): void => {
    const { metadata, ...backup } = stored();
    catalogue.server.put(VELERO.backups, {
      ...backup,
      metadata: { namespace: 'velero', name, annotations: metadata.annotations ?? {} },
    });
  };

  test('counts on no other backup', async () => {
    await adopt();
    moveTo('other');
    const other = catalogue.server.find(VELERO.backups, { namespace: 'velero', name: 'other' });
    expect(other && (await catalogue.state.stampOf(backupView(other))).outcome).toBe('invalid');
  });

  test('counts in no other cluster, trusted as it may be', async () => {
    await adopt();
    const peer = await FakeCluster.create('peer');
    const { iss: _, ...claims } = decodeToken(adoptedStampToken, adoptedStamp() ?? '').claims;
    catalogue.putIdentity('peer', { clusterID: peer.id, keys: peer.publicKeys() });
    const foreign = await signToken(adoptedStampToken, { iss: peer.urn, ...claims }, peer.stampKey);
    const view = { ...backupView(stored()), adoptedStamp: foreign };
    expect(await catalogue.state.stampOf(view)).toMatchObject({
      outcome: 'invalid',
      message: expect.stringContaining('adopted in another cluster'),
    });
  });

  test('is no stamp, and a stamp is no adopted one', async () => {
    await adopt();
    const token = adoptedStamp() ?? '';
    const { adoptedStamp: _, ...bare } = backupView(stored());
    expect((await catalogue.state.stampOf({ ...bare, stamp: token })).outcome).toBe('invalid');
    const claims = {
      ...stampClaims(catalogue.cluster),
      backup: { ...stampClaims(catalogue.cluster).backup, name: 'old' },
    };
    const stamp = await catalogue.cluster.issueStamp(claims);
    expect((await catalogue.state.stampOf({ ...bare, adoptedStamp: stamp })).outcome).toBe('invalid');
  });
});
