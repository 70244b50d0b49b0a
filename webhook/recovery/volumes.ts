import type { VolumeProgress } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { RESTORE_UID_LABEL, VELERO, type VolumeMovement } from '../../api/velero/velero-types.ts';

const FAILED = new Set(['Failed', 'Canceled']);

const bytesOf = ({ spec, status }: VolumeMovement) => {
  const totalBytes = Math.max(status?.progress?.totalBytes ?? 0, spec.snapshotSize ?? 0);
  const isCompleted = status?.phase === 'Completed';
  // The last report of how much was moved may come before the end of it.
  return { totalBytes, bytesDone: isCompleted ? totalBytes : (status?.progress?.bytesDone ?? 0) };
};

/** How far Velero is with the data of volumes that a Restore moves; nothing where it moves none. */
export const reportVolumes = async (
  client: KubeClient,
  restore: { readonly namespace: string; readonly uid: string },
): Promise<VolumeProgress | undefined> => {
  const which = { namespace: restore.namespace, labelSelector: `${RESTORE_UID_LABEL}=${restore.uid}` };
  const lists = await Promise.all([
    client.listAll(VELERO.podVolumeRestores, which),
    client.listAll(VELERO.dataDownloads, which),
  ]);
  const movements = lists.flat();
  if (movements.length === 0) return undefined;
  const bytes = movements.map(bytesOf);
  return {
    completed: movements.filter(({ status }) => status?.phase === 'Completed').length,
    failed: movements.filter(({ status }) => FAILED.has(status?.phase ?? '')).length,
    total: movements.length,
    bytesDone: bytes.reduce((sum, { bytesDone }) => sum + bytesDone, 0),
    totalBytes: bytes.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
  };
};
