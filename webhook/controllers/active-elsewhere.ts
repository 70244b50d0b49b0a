import { ACTIVE_ELSEWHERE } from '../../api/kinds/application-group.ts';
import type { Condition } from '../../api/kinds/condition.ts';
import { homeClusterOf, isLater, speaksFor } from '../checks/lineage.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';

export interface ActiveCopy {
  readonly groupId: string;
  readonly activeSince: string | undefined;
}

type FenceState = Pick<ClusterState, 'self' | 'peer' | 'stampOf'>;

/**
 * Whether the stamps here tell that another cluster, which may speak for the group, holds the active copy of it since
 * a later time. A copy beside the active one, which never was it, says nothing against itself.
 */
export const activeElsewhereCondition = async (
  { groupId, activeSince }: ActiveCopy,
  backups: readonly BackupView[],
  state: FenceState,
): Promise<Omit<Condition, 'lastTransitionTime'>> => {
  const self = state.self().cluster.id;
  const home = homeClusterOf(groupId);
  const here = { type: ACTIVE_ELSEWHERE, status: 'False', reason: 'ActiveHere', message: '' } as const;
  if (home !== self && activeSince === undefined) return { ...here, reason: 'CopyBeside' };
  let latest: { readonly cluster: string; readonly since: string } | undefined;
  for (const backup of backups) {
    const verdict = await state.stampOf(backup);
    if (verdict.outcome !== 'valid' || verdict.issuer === self || !speaksFor(verdict.issuer, home, state)) continue;
    const since = verdict.claims.groups.find(({ id }) => id === groupId)?.activeSince;
    if (since === undefined || !isLater(since, latest?.since ?? activeSince)) continue;
    latest = { cluster: verdict.issuer, since };
  }
  if (latest === undefined) return here;
  const name = state.peer(latest.cluster)?.name;
  return {
    type: ACTIVE_ELSEWHERE,
    status: 'True',
    reason: 'GroupActiveElsewhere',
    message: `it is active in cluster "${name ?? latest.cluster}" since ${latest.since}`,
  };
};
