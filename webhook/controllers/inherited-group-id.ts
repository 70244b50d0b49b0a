import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';

/**
 * The ID of a group that is gone and that this new one continues, as after a prune and a re-apply: no living group
 * has it, and the new one names every namespace that still lives of those it held. Only a part is no continuation:
 * the rest would stay behind without owners.
 */
export const inheritedGroupId = (
  group: Pick<ApplicationGroup, 'spec'>,
  state: Pick<LiveClusterState, 'allClaims' | 'namespace' | 'group'>,
): string | undefined => {
  const claims = state.allClaims().filter(claim => state.namespace(claim.namespace)?.uid === claim.namespaceUid);
  const former = new Set(
    claims
      .filter(claim => group.spec.namespaces.includes(claim.namespace))
      .map(claim => claim.groupId)
      .filter(groupId => state.group(groupId) === undefined),
  );
  const [groupId, ...others] = former;
  if (groupId === undefined || others.length > 0) return undefined;
  const isWhole = claims
    .filter(claim => claim.groupId === groupId)
    .every(claim => group.spec.namespaces.includes(claim.namespace));
  return isWhole ? groupId : undefined;
};
