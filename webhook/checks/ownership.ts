import type { Owner } from '../../api/kinds/group-parts.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { PeerView } from '../state/views.ts';
import { fitsAny } from './name-pattern.ts';

const isSystemName = (name: string): boolean => name.startsWith('system:');

/** Whether the authenticated user is this owner, within one cluster. */
const isOwner = (requester: Requester, owner: Owner): boolean => {
  switch (owner.kind) {
    case 'User':
      return !isSystemName(owner.name) && requester.username === owner.name;
    case 'Group':
      return !isSystemName(owner.name) && (requester.groups ?? []).includes(owner.name);
    case 'ServiceAccount':
      return requester.username === `system:serviceaccount:${owner.namespace}:${owner.name}`;
  }
};

/** Whether a peer's owner means the same person or group here: by the operator's word, and never a ServiceAccount. */
const travels = (owner: Owner, peer: PeerView): boolean => {
  switch (owner.kind) {
    case 'User':
      return fitsAny(owner.name, peer.trustedUsers);
    case 'Group':
      return fitsAny(owner.name, peer.trustedGroups);
    case 'ServiceAccount':
      return false;
  }
};

/**
 * The owners of a peer's group who are somebody here: those whose names mean the same. Without a peer the owners are
 * this cluster's own. Never a ServiceAccount of another cluster: here the same name is somebody else.
 */
export const ownersHere = (owners: readonly Owner[], peer: PeerView | undefined, isOwnCluster: boolean): Owner[] =>
  isOwnCluster ? [...owners] : owners.filter(owner => peer !== undefined && travels(owner, peer));

export type OwnershipVerdict = 'owner' | 'notOwner' | 'notMapped';

/**
 * Whether a user owns what these owners own. `notMapped`: an owner of a peer has the user's name, but this cluster
 * was not told that the names mean the same.
 */
export const judgeOwnership = (
  requester: Requester,
  owners: readonly Owner[],
  peer: PeerView | undefined,
): OwnershipVerdict => {
  const fitting = owners.filter(owner => isOwner(requester, owner));
  if (fitting.length === 0) return 'notOwner';
  if (peer === undefined || fitting.some(owner => travels(owner, peer))) return 'owner';
  return 'notMapped';
};
