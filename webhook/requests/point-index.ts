import { RecoverError } from '../../api/recover-error.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import type { Reflector } from '../cluster/reflector.ts';
import type { Logger } from '../observability/logger.ts';
import type { StampVerdict } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import { type FormerGroup, FormerGroups } from './former-groups.ts';

export interface PointIndexOptions {
  readonly backups: Reflector<Backup, BackupView>;
  readonly stampOf: (backup: BackupView) => Promise<StampVerdict>;
  /** Told which groups' points have changed. */
  readonly onChange: (groupIds: readonly string[]) => void;
  readonly log: Logger;
}

/** Which Backups hold which group, by their stamps; so that a question about one group does not read all Backups. */
export class PointIndex {
  /** By the newest stamps, the groups that are or were. */
  readonly #former = new FormerGroups();
  readonly #options: PointIndexOptions;
  readonly #groupsOf = new Map<string, readonly string[]>();
  readonly #backupsOf = new Map<string, Set<string>>();
  /** Backups whose stamp nobody could judge when it was tried, since the trusted keys were out of sight. */
  readonly #unjudged = new Set<string>();

  constructor(options: PointIndexOptions) {
    this.#options = options;
    options.backups.onChange(change => {
      if (change.type === 'gone') this.#index(change.key, []);
      else void this.#verify(change.key, change.value);
    });
  }

  /** Verifies every Backup anew, since trusted keys have changed. */
  refresh(): void {
    for (const backup of this.#options.backups.values()) {
      void this.#verify(`${backup.namespace}/${backup.name}`, backup);
    }
  }

  /** Backups whose stamp names the group, and those that may: who asks judges each stamp anyhow. */
  backupsOf(groupId: string): BackupView[] {
    const unjudged = [...this.#unjudged];
    for (const key of unjudged) {
      const backup = this.#options.backups.get(key);
      if (backup !== undefined) void this.#verify(key, backup);
    }
    const keys = new Set([...(this.#backupsOf.get(groupId) ?? []), ...unjudged]);
    return [...keys].flatMap(key => this.#options.backups.get(key) ?? []);
  }

  /** Each group by its newest stamp here. */
  formerGroups(): readonly FormerGroup[] {
    return this.#former.all();
  }

  async #verify(key: string, backup: BackupView): Promise<void> {
    try {
      const verdict = await this.#options.stampOf(backup);
      // The Backup may have changed while its stamp was verified; then that change is on its way here too.
      if (this.#options.backups.get(key) !== backup) return;
      this.#index(key, verdict.outcome === 'valid' ? verdict.claims.groups.map(({ id }) => id) : []);
      if (verdict.outcome === 'valid') this.#former.add(key, verdict.claims);
    } catch (error) {
      if (error instanceof RecoverError && error.code === 'StateUnavailable') {
        if (this.#options.backups.get(key) === backup) this.#unjudged.add(key);
        return;
      }
      this.#options.log.error({ err: error, backup: backup.name }, 'the stamp of a backup could not be judged');
    }
  }

  #index(key: string, groupIds: readonly string[]): void {
    this.#unjudged.delete(key);
    const toLookAtAgain = this.#former.remove(key);
    const before = this.#groupsOf.get(key) ?? [];
    for (const groupId of before) this.#backupsOf.get(groupId)?.delete(key);
    for (const groupId of groupIds) {
      const keys = this.#backupsOf.get(groupId) ?? new Set();
      this.#backupsOf.set(groupId, keys.add(key));
    }
    if (groupIds.length > 0) this.#groupsOf.set(key, groupIds);
    else this.#groupsOf.delete(key);
    const orphaned = toLookAtAgain.filter(groupId => !groupIds.includes(groupId));
    for (const other of new Set(orphaned.flatMap(groupId => [...(this.#backupsOf.get(groupId) ?? [])]))) {
      const backup = this.#options.backups.get(other);
      if (other !== key && backup !== undefined) void this.#verify(other, backup);
    }
    const changed = new Set([...before, ...groupIds]);
    if (changed.size > 0) this.#options.onChange([...changed]);
  }
}
