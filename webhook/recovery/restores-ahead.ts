import type { RestoreView } from '../cluster/cluster-caches.ts';

type Made = Pick<RestoreView, 'metadata'>;

const isBefore = ({ metadata: a }: Made, { metadata: b }: Made): boolean =>
  a.creationTimestamp === b.creationTimestamp ? a.name < b.name : a.creationTimestamp < b.creationTimestamp;

/**
 * How many Restores of the same Velero were made before this one and have not ended. Velero runs one at a time, so on a
 * day on which many recover at once this is what the others wait for. Those of one second may run in another order.
 */
export const restoresAhead = (restore: Made, all: Iterable<RestoreView>): number => {
  let count = 0;
  for (const other of all) {
    const isSameVelero = other.metadata.namespace === restore.metadata.namespace;
    if (isSameVelero && !other.hasEnded && isBefore(other, restore)) count += 1;
  }
  return count;
};
