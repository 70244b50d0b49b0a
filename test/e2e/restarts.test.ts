import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { LABELS, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { type Restore, VELERO, type VolumeMovement } from '../../api/velero/velero-types.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf, getGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';

/**
 * The catalogue is killed without warning after each of the writes that a recovery is made of, and started again.
 * Whatever the write was, the recovery ends, and there was one Restore.
 */

let environment: RecoveryEnvironment;
let owner: TestUser;
let alice: KubeClient;
let operator: KubeClient;

/** Kills the only replica as soon as the Recovery has been written this often, and starts it again. */
const killAfterWrites = async ({ metadata }: Stored<Recovery>, writes: number): Promise<void> => {
  const [replica] = environment.catalogues.prod.replicas;
  if (replica === undefined) throw new Error('no replica runs');
  const versions = new Set([metadata.resourceVersion]);
  for (const endMs = Date.now() + 20_000; versions.size <= writes && Date.now() < endMs; ) {
    const current = await operator.get(OWN.recoveries, metadata);
    versions.add(current.metadata.resourceVersion);
    if (findCondition(current.status?.conditions, 'Succeeded')?.status === 'True') break;
  }
  replica.signal('SIGKILL');
  await replica.stop();
  await replica.start();
};

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  owner = await environment.user('alice');
  alice = clientOf(owner.kubeconfigs.prod);
  operator = clientOf(environment.operator.kubeconfigs.prod);
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(owner, 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
});

afterAll(async () => {
  await Promise.all([alice?.close(), operator?.close()]);
  await environment?.stop();
});

test.each([0, 1, 2, 3, 4, 5])('killed after %i writes of the Recovery, it still ends, once', async writes => {
  const { prod } = environment.clusters;
  const before = await operator.list(VELERO.restores);
  await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop', '--ignore-not-found');
  const held = await getGrant(alice, 'shop/shop');
  const registered = await alice.create(
    OWN.recoveries,
    await recoveryFor({ held, backup: 'whole', destination: prod.clusterId }),
  );

  await killAfterWrites(registered, writes);
  const ended = await waitForCondition(alice, registered, 'succeeded');

  expect(findCondition(ended.status?.conditions, 'Succeeded')?.status).toBe('True');
  const restores = await operator.list(VELERO.restores);
  expect(restores.items).toHaveLength(before.items.length + 1);
  expect(await prod.kubectl('get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
  await expect.poll(() => prod.kubectl('get', 'namespaces', '-l', LABELS.recovering, '-o', 'name')).toBe('');
});

test('with Velero stopped, the recovery says whom it waits for, and goes on when Velero does', async () => {
  const { prod } = environment.clusters;
  await prod.kubectl('delete', 'configmap', 'settings', '-n', 'shop', '--ignore-not-found');
  await prod.veleroServer.stop();
  const args = ['shop', '--latest', '--context', 'prod', '--yes', '--timeout', '45s'];
  const waiting = await owner.recover(...args);
  expect(waiting.exitCode).toBe(124);
  expect(waiting.stderr).toMatch(
    /restored +New: Velero has not begun with Restore .* looks at Velero in namespace "velero"/,
  );
  const [, name = ''] = /kubectl recover status ([0-9a-f]{32})/.exec(waiting.stderr) ?? [];
  expect((await owner.recover('status', 'shop', '--context', 'prod')).stdout).toMatch(/Running +VeleroSilent/);

  await prod.veleroServer.start();
  const ended = await owner.recover('status', name, '--wait', '--context', 'prod');
  expect(ended.exitCode).toBe(0);
  expect(await prod.kubectl('get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
});

describe('while Velero moves the data of volumes', () => {
  let velero: KubeClient;
  let name: string;

  /** As Velero writes it; no data can move here, since that takes a kubelet. */
  const moves = async (
    restore: Stored<Restore>,
    type: ResourceType<VolumeMovement>,
    spec: VolumeMovement['spec'],
    status: NonNullable<VolumeMovement['status']>,
  ): Promise<void> => {
    const { uid, name: restoreName, namespace } = restore.metadata;
    const owner = { apiVersion: 'velero.io/v1', kind: 'Restore', name: restoreName, uid, controller: true };
    const movement = {
      apiVersion: `${type.group}/${type.version}`,
      kind: type.kind,
      metadata: {
        name: `${restoreName}-${type.plural}`,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { 'velero.io/restore-name': restoreName, 'velero.io/restore-uid': uid },
        ownerReferences: [owner],
      },
      spec: { backupStorageLocation: 'default', snapshotID: 's1', sourceNamespace: 'shop', ...spec },
      status,
    };
    await velero.create(type, movement);
  };

  beforeAll(async () => {
    const { prod } = environment.clusters;
    velero = clientOf(await prod.serviceAccountKubeconfig('velero', 'velero'));
    await prod.veleroServer.stop();
    const begun = await owner.recover('shop', '--latest', '--context', 'prod', '--yes', '--no-wait', '-o', 'name');
    [, name = ''] = /\/([0-9a-f]{32})\n/.exec(begun.stdout) ?? [];
    const waiting = async (): Promise<Stored<Restore> | undefined> =>
      (await operator.list(VELERO.restores)).items.find(({ status }) => (status?.phase ?? '') === '');
    await waitUntil('the Restore', async () => (await waiting()) !== undefined, { timeoutSeconds: 60 });
    const restore = await waiting();
    if (restore === undefined) throw new Error('the Restore is gone');
    const progress = { itemsRestored: 7, totalItems: 9 };
    await velero.mergePatch(VELERO.restores, restore.metadata, { status: { phase: 'InProgress', progress } });
    const pod = { kind: 'Pod', namespace: 'shop', name: 'web-0' };
    const toPod = { pod, volume: 'data', repoIdentifier: '', uploaderType: 'kopia', snapshotSize: 1024 ** 3 };
    const toClaim = {
      targetVolume: { namespace: 'shop', pvc: 'data', pv: '' },
      operationTimeout: '10m0s',
      snapshotSize: 3 * 1024 ** 3,
    };
    const oneGib = { totalBytes: 1024 ** 3, bytesDone: 1024 ** 3 };
    await moves(restore, VELERO.podVolumeRestores, toPod, { phase: 'Completed', progress: oneGib });
    await moves(restore, VELERO.dataDownloads, toClaim, { phase: 'Prepared' });
  });

  afterAll(() => velero?.close());

  test('its owner sees how far that is, without any right to Velero’s objects', async () => {
    const volumes = { completed: 1, failed: 0, total: 2, bytesDone: 1024 ** 3, totalBytes: 4 * 1024 ** 3 };
    await expect
      .poll(async () => (await alice.get(OWN.recoveries, { namespace: REQUESTS_NAMESPACE, name })).status?.progress, {
        timeout: 20_000,
      })
      .toMatchObject({ phase: 'InProgress', itemsRestored: 7, totalItems: 9, volumes });
    const listed = await owner.recover('status', 'shop', '--context', 'prod', '-o', 'wide');
    expect(listed.stdout).toMatch(/Running +Running +7\/9 +1\/2 +<none>/);
  });

  test('and what Velero makes of a Restore that it was torn away from', async () => {
    await environment.clusters.prod.veleroServer.start();
    const ended = await owner.recover('status', name, '--wait', '--context', 'prod');
    expect(ended.stderr).toContain('RestoreFailed');
    expect(ended.exitCode).toBe(6);
  });
});
