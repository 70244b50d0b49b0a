import type { Owner } from '../../api/kinds/group-parts.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { BackupView, ClaimView } from '../state/views.ts';

export interface StampedOwnership {
  readonly state: Pick<LiveClusterState, 'self' | 'stampOf'>;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
}

/**
 * Whether this user owned a namespace that is gone, by the newest stamp of this cluster that holds it. Of a namespace
 * that is gone nobody is admin, so nothing else tells who may have what is in its points.
 */
export const ownedWhenStamped = async (
  requester: Requester,
  { groupId, namespaceUid }: ClaimView,
  { state, backupsOf }: StampedOwnership,
): Promise<boolean> => {
  const { id } = state.self().cluster;
  let newest: { readonly time: number; readonly owners: readonly Owner[] } | undefined;
  for (const backup of backupsOf(groupId)) {
    const verdict = await state.stampOf(backup);
    if (verdict.outcome !== 'valid' || verdict.issuer !== id) continue;
    const group = verdict.claims.groups.find(each => each.id === groupId);
    const time = Date.parse(verdict.claims.backup.startTime);
    if (!group?.namespaces.some(([, uid]) => uid === namespaceUid) || time <= (newest?.time ?? 0)) continue;
    newest = { time, owners: group.owners };
  }
  return newest !== undefined && judgeOwnership(requester, newest.owners, undefined) === 'owner';
};
