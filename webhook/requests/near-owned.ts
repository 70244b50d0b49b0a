import type { Requester } from '../../api/kinds/requester.ts';
import { nearestName } from '../../api/nearest-name.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { isOwnedBy, newestOf } from './find-former-group.ts';
import type { FormerGroup } from './former-groups.ts';
import { ownedGroups } from './owned-groups.ts';

/** Of the requester's own groups, there or gone, the one that was meant by a slip; of others nothing is told. */
export const nearOwned = (
  asTyped: string,
  former: readonly FormerGroup[],
  requester: Requester,
  state: Pick<ClusterState, 'self' | 'peer' | 'group'> & Pick<LiveClusterState, 'allGroups'>,
): string | undefined => {
  const gone = newestOf(former, state).filter(
    each => state.group(each.group.id) === undefined && isOwnedBy(each, requester, state),
  );
  const owned = [...ownedGroups(state.allGroups(), requester, undefined), ...gone.map(({ group }) => group)];
  return nearestName(
    asTyped,
    owned.flatMap(({ namespace, name }) => [name, `${namespace}/${name}`]),
  );
};
