import { CONTEXT_NAMES } from '../../api/context-names.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { homeClusterOf, isLater, speaksFor } from '../checks/lineage.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { FormerGroup } from './former-groups.ts';
import { isMeant } from './owned-groups.ts';

/** A group without a living object, that its owner by the newest stamp asks about. */
export interface FormerSubject extends FormerGroup {
  /** The group is gone from this cluster, or its cluster is lost. */
  readonly because: { readonly kind: 'absent' } | { readonly kind: 'lost'; readonly since: string };
}

type FormerState = Pick<ClusterState, 'self' | 'peer' | 'group'>;

/** A copy that became the active one later knows better, however often the one before was backed up since. */
const knowsBetter = (one: FormerGroup, other: FormerGroup): boolean =>
  isLater(one.group.activeSince, other.group.activeSince) ||
  (!isLater(other.group.activeSince, one.group.activeSince) && isLater(one.stamp.startTime, other.stamp.startTime));

/**
 * What is known of each group by the newest stamp of a cluster that may speak for it here. Another peer could name
 * itself the owner of anything.
 */
export const newestOf = (former: readonly FormerGroup[], state: FormerState): FormerGroup[] => {
  const newest = new Map<string, FormerGroup>();
  for (const each of former) {
    if (!speaksFor(each.cluster.id, homeClusterOf(each.group.id), state)) continue;
    const known = newest.get(each.group.id);
    if (known === undefined || knowsBetter(each, known)) newest.set(each.group.id, each);
  }
  return [...newest.values()];
};

/** Owners are as of the newest stamp, never of an older one that somebody chose. */
export const isOwnedBy = ({ group, cluster }: FormerGroup, requester: Requester, state: FormerState): boolean => {
  const isOwn = cluster.id === state.self().cluster.id;
  const peer = isOwn ? undefined : state.peer(cluster.id);
  return (isOwn || peer !== undefined) && judgeOwnership(requester, group.owners, peer) === 'owner';
};

const reasonOf = ({ cluster }: FormerGroup, state: FormerState): FormerSubject['because'] | undefined => {
  if (cluster.id === state.self().cluster.id) return { kind: 'absent' };
  const lost = state.peer(cluster.id)?.lostSince;
  return lost === undefined ? undefined : { kind: 'lost', since: lost };
};

const sourceLives = ({ group }: FormerGroup, name: string): RecoverError =>
  new RecoverError({
    code: 'SourceNotLost',
    message: `group "${group.namespace}/${group.name}" is one of cluster "${name}", which is not declared lost here`,
    mend: `recover with --from-context naming "${name}"; if that cluster is gone for good, an operator here runs: kubectl recover cluster declare-lost ${name} --reason TEXT --context ${CONTEXT_NAMES.here}`,
  });

/**
 * The groups that are gone, or whose cluster is lost, and that the requester owned when they were last backed up.
 * @throws RecoverError `SourceNotLost` if all there is belongs to a cluster that lives
 */
export const findFormerGroups = (
  former: readonly FormerGroup[],
  requester: Requester,
  asTyped: string | undefined,
  state: FormerState,
): FormerSubject[] => {
  const owned = newestOf(former, state)
    .filter(each => isMeant(each.group, asTyped) && state.group(each.group.id) === undefined)
    .filter(each => isOwnedBy(each, requester, state));
  const found = owned.flatMap(each => {
    const because = reasonOf(each, state);
    return because === undefined ? [] : [{ ...each, because }];
  });
  const [living] = owned;
  if (found.length === 0 && living !== undefined) {
    throw sourceLives(living, state.peer(living.cluster.id)?.name ?? living.cluster.id);
  }
  return found.sort((a, b) => (a.group.id < b.group.id ? -1 : 1));
};
