import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';

/**
 * The keys of a peer after it was asked again. What was revoked here stays so, whatever the peer says of it. A key that
 * the peer knows no more, since it was installed anew, still counts for what it signed.
 */
export const mergeKeys = (known: readonly ClusterKey[], told: readonly ClusterKey[]): ClusterKey[] => {
  const before = new Map(known.map(key => [key.kid, key]));
  const kept = told.map(key => {
    const ours = before.get(key.kid);
    return ours?.state === 'Revoked' ? ours : key;
  });
  const untold = known
    .filter(({ kid }) => !told.some(key => key.kid === kid))
    .map((key): ClusterKey => (key.state === 'Revoked' ? key : { ...key, state: 'Retired' }));
  return [...kept, ...untold];
};

/**
 * What is to be written of a cluster's own keys that it had before it was installed anew: the stamp keys, by which its
 * backups count, and what was revoked. A key that it holds is not written beside it, unless it was revoked.
 */
export const formerKeys = (
  held: readonly ClusterKey[],
  written: readonly ClusterKey[],
  told: readonly ClusterKey[],
): ClusterKey[] => {
  const isHeld = ({ kid }: ClusterKey): boolean =>
    held.some(key => key.kid === kid) && !written.some(key => key.kid === kid);
  const former = told
    .filter(key => key.state === 'Revoked' || (key.use === 'Stamp' && !isHeld(key)))
    .map((key): ClusterKey => (key.state === 'Revoked' ? key : { ...key, state: 'Retired' }));
  return mergeKeys(written, former);
};
