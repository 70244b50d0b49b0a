import type { Owner } from '../../api/kinds/group-parts.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { homeClusterOf, speaksFor } from '../checks/lineage.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView, ClaimView } from '../state/views.ts';

export interface StampedOwnership {
  readonly state: Pick<ClusterState, 'self' | 'peer' | 'stampOf'>;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
}

/** Which of a stamp's namespaces are asked about. */
type Holds = (name: string, uid: string) => boolean;

interface StampedOwners {
  readonly time: number;
  readonly owners: readonly Owner[];
  readonly issuer: string;
}

const newestOwners = async (
  groupId: string,
  holds: Holds,
  { state, backupsOf }: StampedOwnership,
): Promise<StampedOwners | undefined> => {
  let newest: StampedOwners | undefined;
  for (const backup of backupsOf(groupId)) {
    const verdict = await state.stampOf(backup);
    if (verdict.outcome !== 'valid' || !speaksFor(verdict.issuer, homeClusterOf(groupId), state)) continue;
    const group = verdict.claims.groups.find(each => each.id === groupId);
    const time = Date.parse(verdict.claims.backup.startTime);
    if (!group?.namespaces.some(([name, uid]) => holds(name, uid)) || time <= (newest?.time ?? 0)) continue;
    newest = { time, owners: group.owners, issuer: verdict.issuer };
  }
  return newest;
};

const isOwner = (requester: Requester, { owners, issuer }: StampedOwners, { state }: StampedOwnership): boolean => {
  const peer = issuer === state.self().cluster.id ? undefined : state.peer(issuer);
  if (issuer !== state.self().cluster.id && peer === undefined) return false;
  return judgeOwnership(requester, owners, peer) === 'owner';
};

/**
 * Whether this user owned a namespace that is gone, by the newest stamp that holds it. Of a namespace that is gone
 * nobody is admin, so nothing else tells who may have what is in its points.
 */
export const ownedWhenStamped = async (
  requester: Requester,
  { groupId, namespaceUid }: ClaimView,
  tools: StampedOwnership,
): Promise<boolean> => {
  const newest = await newestOwners(groupId, (_, uid) => uid === namespaceUid, tools);
  return newest !== undefined && isOwner(requester, newest, tools);
};

/**
 * Whether somebody else owned what the points of a group hold under this name, in namespaces that went before the one
 * that has it now. A group changes hands, and what was lost before stays with who had it.
 */
export const isAnothers = async (
  requester: Requester,
  groupId: string,
  namespace: { readonly name: string; readonly uid: string },
  tools: StampedOwnership,
): Promise<boolean> => {
  const holds: Holds = (name, uid) => name === namespace.name && uid !== namespace.uid;
  const newest = await newestOwners(groupId, holds, tools);
  return newest !== undefined && !isOwner(requester, newest, tools);
};
