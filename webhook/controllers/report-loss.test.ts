import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { LiveCatalogue } from '../../test/fakes/live-catalogue.ts';
import { LOST_SINCE } from '../../test/fakes/sample-claims.ts';
import { reportLoss } from './report-loss.ts';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
}

const events = resourceType<Event>('v1', 'Event', 'events', true);

let catalogue: LiveCatalogue;

beforeEach(async () => {
  catalogue = await LiveCatalogue.create();
});

afterEach(() => catalogue.stop());

/** A catalogue that has begun just now, and knows nothing of what was told before. */
const newReplica = () => {
  const { caches, log } = catalogue;
  return reportLoss({
    client: catalogue.server.client,
    identities: caches.identities,
    log,
    clock: () => NOW.getTime(),
  });
};

type Loss = { readonly reason: string; readonly since: string };
const FIRE: Loss = { reason: 'region on fire', since: LOST_SINCE };

/** Writes the peer, and waits until the catalogue sees it so. */
const put = async (lost: Loss | undefined, users: string[] = []): Promise<void> => {
  catalogue.putIdentity('prod', {
    ...{ clusterID: uidOf('cluster prod'), keys: [], identityTrust: { users } },
    ...(lost === undefined ? {} : { lost }),
  });
  const written = catalogue.server.find(OWN.clusterIdentities, { name: 'prod' })?.metadata.resourceVersion;
  await catalogue.follow();
  await vi.waitFor(() => expect(catalogue.caches.identities.get('prod')?.metadata.resourceVersion).toBe(written), {
    interval: 1,
    timeout: 5_000,
  });
};

/** Reasons of the Events, in turn. */
const told = (): string[] => catalogue.server.list(events).map(({ reason }) => reason);

const LOST = 'ClusterDeclaredLost';
const FOUND = 'ClusterDeclaredFound';

describe('a loss', () => {
  test('is told by a warning on the identity, where kubectl looks for it', async () => {
    await put(FIRE);
    await newReplica()('prod');
    expect(catalogue.server.list(events)).toMatchObject([
      {
        metadata: { namespace: 'default', name: expect.stringMatching(/^prod\.[0-9a-f]{16}$/) },
        reason: LOST,
        type: 'Warning',
        message: `lost since ${LOST_SINCE}: region on fire; its groups are recovered here without it`,
        involvedObject: {
          kind: 'ClusterIdentity',
          name: 'prod',
          uid: catalogue.server.find(OWN.clusterIdentities, { name: 'prod' })?.metadata.uid,
        },
      },
    ]);
  });

  test('is told once by two replicas at a time', async () => {
    await put(FIRE);
    await Promise.all([newReplica()('prod'), newReplica()('prod')]);
    expect(told()).toEqual([LOST]);
  });

  test('is told once, however often the catalogue begins anew', async () => {
    await put(FIRE);
    for (let start = 0; start < 3; start += 1) await newReplica()('prod');
    expect(told()).toEqual([LOST]);
  });

  test('is not told again when something else of the peer is edited', async () => {
    const replica = newReplica();
    await put(FIRE);
    await replica('prod');
    const writes = catalogue.server.writes.length;
    await put(FIRE, ['alice']);
    await replica('prod');
    expect(catalogue.server.writes).toHaveLength(writes);
  });

  test('with another reason is told again', async () => {
    const replica = newReplica();
    await put(FIRE);
    await replica('prod');
    await put({ ...FIRE, reason: 'region flooded' });
    await replica('prod');
    expect(told()).toEqual([LOST, LOST]);
  });

  test('that could not be told is told when it is tried again', async () => {
    const replica = newReplica();
    await put(FIRE);
    catalogue.server.failure = ({ method }) => (method === 'POST' ? 500 : undefined);
    await expect(replica('prod')).rejects.toThrow();
    catalogue.server.failure = () => undefined;
    await replica('prod');
    expect(told()).toEqual([LOST]);
  });
});

describe('a peer that is found again', () => {
  test('is told, by all who saw the loss, once', async () => {
    const replicas = [newReplica(), newReplica()];
    await put(FIRE);
    await Promise.all(replicas.map(replica => replica('prod')));
    await put(undefined);
    await Promise.all(replicas.map(replica => replica('prod')));
    await Promise.all(replicas.map(replica => replica('prod')));
    expect(told()).toEqual([LOST, FOUND]);
    expect(catalogue.server.list(events)[1]?.message).toBe(`no longer lost, as it was since ${LOST_SINCE}`);
  });

  test('is told by a catalogue that began while it was lost', async () => {
    await put(FIRE);
    await newReplica()('prod');
    const restarted = newReplica();
    await restarted('prod');
    await put(undefined);
    await restarted('prod');
    expect(told()).toEqual([LOST, FOUND]);
  });

  test('though that could not be told at first', async () => {
    const replica = newReplica();
    await put(FIRE);
    await replica('prod');
    await put(undefined);
    catalogue.server.failure = ({ method }) => (method === 'POST' ? 500 : undefined);
    await expect(replica('prod')).rejects.toThrow();
    catalogue.server.failure = () => undefined;
    await replica('prod');
    expect(told()).toEqual([LOST, FOUND]);
  });

  test('and lost once more is told each time', async () => {
    const replica = newReplica();
    for (const lost of [FIRE, undefined, { ...FIRE, since: '2026-03-02T11:00:00Z' }, undefined]) {
      await put(lost);
      await replica('prod');
    }
    expect(told()).toEqual([LOST, FOUND, LOST, FOUND]);
  });
});

test('of a peer that was never lost, and of one that is not there, nothing is told', async () => {
  await put(undefined);
  const replica = newReplica();
  await replica('prod');
  await replica('other');
  await replica('self');
  expect(catalogue.server.writes).toEqual([]);
});
