import type { ClusterIdentity, ClusterKey } from './kinds/cluster-identity.ts';

/**
 * The keys of a peer that are known here: those that an operator wrote, and those that were announced by one of them,
 * or by one that was announced so. What a key has announced that was revoked since counts as revoked too.
 */
export const announcedKeys = ({ spec, status }: Pick<ClusterIdentity, 'spec' | 'status'>): ClusterKey[] => {
  const keys = new Map((spec.keys ?? []).map(key => [key.kid, key]));
  // In the order in which they were accepted: a successor comes after the key that announced it.
  for (const { kid, use, jwk, predecessor, since } of status?.successors ?? []) {
    const by = keys.get(predecessor);
    if (keys.has(kid) || by === undefined || by.use !== use) continue;
    keys.set(kid, { kid, use, state: by.state === 'Revoked' ? 'Revoked' : 'Active', jwk, since });
  }
  return [...keys.values()];
};

/** The keys of a peer that count here: where an operator has pinned them, no announced one does. */
export const peerKeys = (identity: Pick<ClusterIdentity, 'spec' | 'status'>): ClusterKey[] =>
  identity.spec.succession === 'Pin' ? [...(identity.spec.keys ?? [])] : announcedKeys(identity);

/** The keys of a peer as an operator would write them: those of the spec, and announced ones that count. */
export const writtenKeys = (identity: Pick<ClusterIdentity, 'spec' | 'status'>): ClusterKey[] => {
  const written = new Set((identity.spec.keys ?? []).map(({ kid }) => kid));
  return peerKeys(identity).filter(({ kid, state }) => written.has(kid) || state !== 'Revoked');
};
