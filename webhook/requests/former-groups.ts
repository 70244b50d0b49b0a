import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';

/** A group as the newest stamp of one cluster here tells it; whether it still lives, others know. */
export interface FormerGroup {
  readonly group: StampedGroup;
  /** The cluster that signed the stamp. */
  readonly cluster: Cluster;
  readonly stamp: { readonly jti: string; readonly startTime: string };
}

interface Entry extends FormerGroup {
  readonly key: string;
}

const isNewer = (a: string, b: string): boolean => Date.parse(a) > Date.parse(b);

/**
 * The newest stamp of each group ID, by which owners are known when the group itself is gone. Kept for each cluster
 * that signs by itself: what one says of another one's group hides nothing of what that one said.
 */
export class FormerGroups {
  readonly #newest = new Map<string, Entry>();

  /**
   * Takes in what the verified stamp of the Backup with this key says now, or that there is none any more. Tells of
   * which groups it was the newest and is not now, so that the others of theirs can be taken in again.
   */
  put(key: string, claims: StampClaims | undefined): readonly string[] {
    const left: string[] = [];
    for (const [id, entry] of this.#newest) {
      if (entry.key !== key) continue;
      this.#newest.delete(id);
      const isNamed = claims?.cluster.id === entry.cluster.id && claims.groups.some(({ id }) => id === entry.group.id);
      if (!isNamed || isNewer(entry.stamp.startTime, claims.backup.startTime)) left.push(entry.group.id);
    }
    if (claims !== undefined) this.#add(key, claims);
    return left;
  }

  all(): readonly FormerGroup[] {
    return [...this.#newest.values()];
  }

  #add(key: string, { groups, cluster, jti, backup }: StampClaims): void {
    for (const group of groups) {
      const id = `${cluster.id} ${group.id}`;
      const known = this.#newest.get(id);
      if (known !== undefined && !isNewer(backup.startTime, known.stamp.startTime)) continue;
      this.#newest.set(id, { key, group, cluster, stamp: { jti, startTime: backup.startTime } });
    }
  }
}
