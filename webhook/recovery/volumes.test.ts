import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { VELERO, type VolumeMovement } from '../../api/velero/velero-types.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { reportVolumes } from './volumes.ts';

const OURS = uidOf('restore');
const MIB = 1024 ** 2;

let server: FakeObjectServer;

beforeEach(async () => {
  server = await FakeObjectServer.start();
});

afterEach(() => server.stop());

const put = (
  type: ResourceType<VolumeMovement>,
  name: string,
  status: VolumeMovement['status'],
  {
    restore = OURS,
    namespace = 'velero',
    snapshotSize,
  }: { restore?: string; namespace?: string; snapshotSize?: number } = {},
) =>
  server.put(type, {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { name, namespace, labels: { 'velero.io/restore-uid': restore } },
    spec: snapshotSize === undefined ? {} : { snapshotSize },
    ...(status === undefined ? {} : { status }),
  });

const report = () => reportVolumes(server.client, { namespace: 'velero', uid: OURS });

test('a Restore that moves no data has no volumes to tell of', async () => {
  expect(await report()).toBeUndefined();
});

test('both ways in which Velero moves data are counted together', async () => {
  put(VELERO.podVolumeRestores, 'a', { phase: 'Completed', progress: { totalBytes: 4 * MIB, bytesDone: 4 * MIB } });
  put(VELERO.podVolumeRestores, 'b', { phase: 'InProgress', progress: { totalBytes: 8 * MIB, bytesDone: MIB } });
  put(VELERO.dataDownloads, 'c', { phase: 'Failed', progress: { totalBytes: 2 * MIB, bytesDone: MIB } });
  put(VELERO.dataDownloads, 'd', { phase: 'Canceled' });
  expect(await report()).toEqual({ completed: 1, failed: 2, total: 4, bytesDone: 6 * MIB, totalBytes: 14 * MIB });
});

test('the size of a snapshot is known before anything of it has moved', async () => {
  put(VELERO.dataDownloads, 'a', undefined, { snapshotSize: 3 * MIB });
  expect(await report()).toEqual({ completed: 0, failed: 0, total: 1, bytesDone: 0, totalBytes: 3 * MIB });
});

test('a volume that is done has moved all of it, whatever was reported last', async () => {
  put(VELERO.podVolumeRestores, 'a', { phase: 'Completed', progress: { totalBytes: 3 * MIB, bytesDone: MIB } });
  expect(await report()).toMatchObject({ bytesDone: 3 * MIB });
});

test('those of another Restore, and of another Velero, are not among them', async () => {
  put(VELERO.podVolumeRestores, 'a', { phase: 'Completed' }, { restore: uidOf('another') });
  put(VELERO.dataDownloads, 'b', { phase: 'Completed' }, { namespace: 'velero-2' });
  expect(await report()).toBeUndefined();
});
