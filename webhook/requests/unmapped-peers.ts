import type { Requester } from '../../api/kinds/requester.ts';
import { fitsAny } from '../checks/name-pattern.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PeerView } from '../state/views.ts';
import type { FormerGroup } from './former-groups.ts';

const isMapped = ({ username, groups = [] }: Requester, peer: PeerView): boolean =>
  fitsAny(username, peer.trustedUsers) || groups.some(group => fitsAny(group, peer.trustedGroups));

/**
 * Lost clusters with groups of which the requester is nobody, since nobody said who of theirs is who here. On the day
 * of a loss that is why an owner is refused, and there is no cluster left to ask. It depends on no group, so it tells
 * a stranger of none.
 */
export const unmappedPeers = (
  former: readonly FormerGroup[],
  requester: Requester,
  state: Pick<ClusterState, 'peer'>,
): PeerView[] => {
  const clusters = new Set(former.map(({ cluster }) => cluster.id));
  return [...clusters].flatMap(id => {
    const peer = state.peer(id);
    return peer?.lostSince === undefined || isMapped(requester, peer) ? [] : [peer];
  });
};
