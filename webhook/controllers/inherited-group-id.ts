import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { ClaimView } from '../state/views.ts';

export interface InheritanceInput {
  readonly client: KubeClient;
  readonly state: Pick<LiveClusterState, 'allClaims' | 'namespace' | 'group'>;
}

/**
 * Whether the group that a claim names lives and has the ID, or may be about to write that it has: a claim is there
 * before the status of its group, and copies of the two arrive in any order, so this is read live.
 */
const isHeld = async (claim: ClaimView, heir: Stored<ApplicationGroup>, client: KubeClient): Promise<boolean> => {
  const holder = await client.find(OWN.applicationGroups, claim.group);
  if (holder === undefined || holder.metadata.uid === heir.metadata.uid) return false;
  if (holder.metadata.deletionTimestamp !== undefined) return false;
  return (holder.status?.groupID ?? claim.groupId) === claim.groupId;
};

/**
 * The ID of a group that is gone and that this new one continues, as after a prune and a re-apply: no living group
 * has it, and the new one names every namespace that still lives of those it held. Only a part is no continuation:
 * the rest would stay behind without owners.
 */
export const inheritedGroupId = async (
  heir: Stored<ApplicationGroup>,
  { client, state }: InheritanceInput,
): Promise<string | undefined> => {
  const claims = state.allClaims().filter(claim => state.namespace(claim.namespace)?.uid === claim.namespaceUid);
  const former = new Set(
    claims
      .filter(claim => heir.spec.namespaces.includes(claim.namespace))
      .map(claim => claim.groupId)
      .filter(groupId => state.group(groupId) === undefined),
  );
  const [groupId, ...others] = former;
  if (groupId === undefined || others.length > 0) return undefined;
  const left = claims.filter(claim => claim.groupId === groupId);
  if (!left.every(claim => heir.spec.namespaces.includes(claim.namespace))) return undefined;
  for (const claim of left) if (await isHeld(claim, heir, client)) return undefined;
  return groupId;
};
