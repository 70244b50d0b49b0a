import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recoveryHash, restoreName } from '../../api/digest.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { ANNOTATIONS, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeClusterState } from '../../test/fakes/fake-cluster-state.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { HOLD_MS, stepRelease } from './step-release.ts';

const RESTORE = { namespace: 'velero', name: restoreName(RECOVERY_NAME) } as const;
const HASH = recoveryHash(RECOVERY_NAME);
const OTHER_FINALIZER = 'restores.velero.io/external-resources-finalizer';

let server: FakeObjectServer;
let here: FakeCluster;
let nowMs: number;
let told: string[];

const ADMITTED: RecoveryStatus = {
  restoreRef: RESTORE,
  admission: { restoreUID: uidOf('restore'), time: NOW.toISOString(), stored: true },
};

beforeEach(async () => {
  server = await FakeObjectServer.start();
  here = await FakeCluster.create('prod');
  nowMs = NOW.getTime() + HOLD_MS;
  told = [];
});

afterEach(() => server.stop());

const release = (status: RecoveryStatus = ADMITTED) =>
  stepRelease({
    recovery: storedRecovery({ status }),
    hash: HASH,
    tools: recoveryTools(here, {
      client: server.client,
      state: new FakeClusterState(here),
      clock: () => nowMs,
      events: { tell: async (_, reason) => void told.push(reason) },
    }),
  });

const putRestore = (finalizers: readonly string[] = [RESTORE_FINALIZER, OTHER_FINALIZER]) =>
  server.put(VELERO.restores, restoreObject({ uid: uidOf('restore'), finalizers: [...finalizers] }));
const finalizers = () => server.find(VELERO.restores, RESTORE)?.metadata.finalizers;

/** A namespace that this recovery made. */
const putReserved = (name = 'shop') =>
  server.put(CORE.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      creationTimestamp: NOW.toISOString(),
      labels: { [LABELS.recovering]: HASH },
      annotations: { [ANNOTATIONS.reservedBy]: HASH },
    },
  });

describe('T72: the name of the Restore', () => {
  test('is held for two minutes after the last admission, and then free', async () => {
    putRestore();
    nowMs -= 1;
    expect(await release()).toEqual({ kind: 'wait', againInMs: 1 });
    expect(finalizers()).toContain(RESTORE_FINALIZER);
    nowMs += 1;
    expect(await release()).toEqual({ kind: 'done' });
    expect(finalizers()).toEqual([OTHER_FINALIZER]);
  });

  test('is given back as it was read: a Restore that changed meanwhile is looked at again', async () => {
    putRestore();
    server.meanwhile = ({ method }) => {
      if (method === 'PATCH') putRestore();
    };
    await expect(release()).rejects.toMatchObject({ reason: 'Conflict' });
    expect(finalizers()).toContain(RESTORE_FINALIZER);
  });

  test.each<[string, () => void]>([
    ['is gone', () => undefined],
    ['has no finalizer of ours', () => void putRestore([OTHER_FINALIZER])],
  ])('is none of our business where the Restore %s', async (_, given) => {
    given();
    expect(await release()).toEqual({ kind: 'done' });
    expect(server.writes).toEqual([]);
  });

  test('nothing is held where none was ever made', async () => {
    expect(await release({})).toEqual({ kind: 'done' });
  });
});

describe('T47: what was reserved', () => {
  test('goes where no Restore was admitted', async () => {
    putReserved();
    await release({ restoreRef: RESTORE });
    expect(server.find(CORE.namespaces, { name: 'shop' })).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('stays where one was, without the mark', async () => {
    putReserved();
    await release();
    expect(server.find(CORE.namespaces, { name: 'shop' })?.metadata.labels).toEqual({});
    expect(told).toEqual([]);
  });

  test('and is not empty any more stays with the group, without the mark, and its owners are told', async () => {
    putReserved();
    server.failure = ({ method }) => (method === 'DELETE' ? 403 : undefined);
    await release({});
    expect(server.find(CORE.namespaces, { name: 'shop' })?.metadata.labels).toEqual({});
    expect(told).toEqual(['TargetsKept']);
  });
});
