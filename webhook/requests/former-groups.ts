import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';

/** A group as its newest stamp here tells it; whether it still lives, others know. */
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

/** The newest stamp of each group ID, by which owners are known when the group itself is gone. */
export class FormerGroups {
  readonly #newest = new Map<string, Entry>();

  /** Takes in the verified stamp of the Backup with this key. */
  add(key: string, { groups, cluster, jti, backup }: StampClaims): void {
    for (const group of groups) {
      const known = this.#newest.get(group.id);
      if (known !== undefined && known.key !== key && !isNewer(backup.startTime, known.stamp.startTime)) continue;
      this.#newest.set(group.id, { key, group, cluster, stamp: { jti, startTime: backup.startTime } });
    }
  }

  /** Forgets a Backup; tells of which groups it was the newest, so that the others of theirs can be taken in again. */
  remove(key: string): readonly string[] {
    const groupIds = [...this.#newest].filter(([, entry]) => entry.key === key).map(([groupId]) => groupId);
    for (const groupId of groupIds) this.#newest.delete(groupId);
    return groupIds;
  }

  all(): readonly FormerGroup[] {
    return [...this.#newest.values()];
  }
}
