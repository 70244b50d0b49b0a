import type { GrantClaims } from '../../api/tokens/grant.ts';
import type { StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PeerView } from '../state/views.ts';

/** The cluster that first registered a group: the part of its ID before the slash. */
export const homeClusterOf = (groupId: string): string => groupId.slice(0, groupId.indexOf('/'));

/**
 * Whether the word of a cluster counts here for groups of a home: of the home itself, of this cluster by its own
 * record, of a peer only if an operator here said that it took them over. No token and no stamp can say so.
 */
export const speaksFor = (clusterId: string, home: string, state: Pick<ClusterState, 'self' | 'peer'>): boolean =>
  clusterId === home || clusterId === state.self().cluster.id || hasTakenOver(state.peer(clusterId), home);

const hasTakenOver = (peer: PeerView | undefined, home: string): boolean => peer?.speaksFor.includes(home) ?? false;

/** A grant names at most as many clusters. */
const MAX_LINEAGE = 16;

interface PeersState extends Pick<ClusterState, 'self'> {
  allPeers(): readonly PeerView[];
}

/** The clusters whose stamps of a group count here, the home first. */
export const lineageOf = (groupId: string, state: PeersState): string[] => {
  const home = homeClusterOf(groupId);
  const peers = state.allPeers().filter(peer => hasTakenOver(peer, home));
  const clusters = new Set([home, state.self().cluster.id, ...peers.map(({ clusterId }) => clusterId).sort()]);
  return [...clusters].slice(0, MAX_LINEAGE);
};

/** Whether one copy of a group became the active one later than another; a copy that never did has no time. */
export const isLater = (time: string | undefined, other: string | undefined): boolean =>
  time !== undefined && (other === undefined || Date.parse(time) > Date.parse(other));

/** Who asks for points of a group: the cluster that vouches for it, and what that cluster says of it. */
export interface Voucher {
  readonly groupId: string;
  readonly cluster: string;
  readonly lineage: readonly string[];
  readonly activeSince?: string;
}

/**
 * Whether a stamp speaks for the group of a voucher: it is of a cluster of the lineage, that may speak for the group
 * here, and of the copy that was the active one. What a copy beside the active one holds is no point of the group in
 * other clusters, and neither is what a copy made after another one had become active.
 */
export const stampSpeaks = (
  stamp: StampClaims,
  voucher: Voucher,
  state: Pick<ClusterState, 'self' | 'peer'>,
): boolean => {
  const issuer = stamp.cluster.id;
  const home = homeClusterOf(voucher.groupId);
  if (!voucher.lineage.includes(issuer) || !speaksFor(issuer, home, state)) return false;
  const group = stamp.groups.find(({ id }) => id === voucher.groupId);
  if (issuer === voucher.cluster || group === undefined) return true;
  return isOfActiveCopy(group, issuer === home) && !isOvertaken(stamp, group, voucher);
};

const isOfActiveCopy = ({ activeSince }: StampedGroup, isHome: boolean): boolean => isHome || activeSince !== undefined;

const isOvertaken = ({ backup }: StampClaims, group: StampedGroup, voucher: Voucher): boolean =>
  isLater(voucher.activeSince, group.activeSince) && isLater(backup.startTime, voucher.activeSince);

/** What a grant says of who vouches for its group. */
export const voucherOf = ({ group, cluster, lineage, activeSince }: GrantClaims): Voucher => ({
  groupId: group.id,
  cluster: cluster.id,
  lineage,
  ...(activeSince === undefined ? {} : { activeSince }),
});
