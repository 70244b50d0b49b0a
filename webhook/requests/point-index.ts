import { RecoverError } from '../../api/recover-error.ts';
import type { StampClaims } from '../../api/tokens/kinds.ts';
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
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PointIndexOptions) {
    this.#options = options;
    options.backups.onChange(change => {
      if (change.type === 'gone') this.#index(change.key, undefined);
      else this.#verify(change.key, change.value);
    });
  }

  /** Verifies every Backup anew, since trusted keys have changed. */
  refresh(): void {
    for (const backup of this.#options.backups.values()) {
      this.#verify(`${backup.namespace}/${backup.name}`, backup);
    }
  }

  /** Backups whose stamp names the group, and those that may: who asks judges each stamp anyhow. */
  backupsOf(groupId: string): BackupView[] {
    const unjudged = [...this.#unjudged];
    this.#verifyAgain(unjudged);
    const keys = new Set([...(this.#backupsOf.get(groupId) ?? []), ...unjudged]);
    return [...keys].flatMap(key => this.#options.backups.get(key) ?? []);
  }

  /**
   * Each group by its newest stamp here.
   * @throws RecoverError `StateUnavailable` while a stamp is out of sight that may be newer: an older one may name
   * somebody who has left since
   */
  async formerGroups(): Promise<readonly FormerGroup[]> {
    this.#verifyAgain(this.#unjudged);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    if (this.#unjudged.size === 0 && this.#options.backups.isFresh()) return this.#former.all();
    throw new RecoverError({
      code: 'StateUnavailable',
      message: 'the catalogue has not judged the stamps of all backups, and refuses rather than guess',
      mend: 'try again shortly; an operator looks at the connection of the catalogue to the API server',
    });
  }

  #verifyAgain(keys: Iterable<string>): void {
    for (const key of keys) {
      const backup = this.#options.backups.get(key);
      if (backup !== undefined) this.#verify(key, backup);
    }
  }

  #verify(key: string, backup: BackupView): void {
    const verification = this.#judge(key, backup).finally(() => this.#underWay.delete(verification));
    this.#underWay.add(verification);
  }

  async #judge(key: string, backup: BackupView): Promise<void> {
    try {
      const verdict = await this.#options.stampOf(backup);
      // The Backup may have changed while its stamp was verified; then that change is on its way here too.
      if (this.#options.backups.get(key) !== backup) return;
      this.#index(key, verdict.outcome === 'valid' ? verdict.claims : undefined);
    } catch (error) {
      if (error instanceof RecoverError && error.code === 'StateUnavailable') {
        if (this.#options.backups.get(key) === backup) this.#unjudged.add(key);
        return;
      }
      this.#options.log.error({ err: error, backup: backup.name }, 'the stamp of a backup could not be judged');
    }
  }

  #index(key: string, claims: StampClaims | undefined): void {
    this.#unjudged.delete(key);
    const groupIds = claims?.groups.map(({ id }) => id) ?? [];
    const before = this.#groupsOf.get(key) ?? [];
    for (const groupId of before) this.#backupsOf.get(groupId)?.delete(key);
    for (const groupId of groupIds) {
      const keys = this.#backupsOf.get(groupId) ?? new Set();
      this.#backupsOf.set(groupId, keys.add(key));
    }
    if (groupIds.length > 0) this.#groupsOf.set(key, groupIds);
    else this.#groupsOf.delete(key);
    const orphaned = this.#former.put(key, claims);
    const others = new Set(orphaned.flatMap(groupId => [...(this.#backupsOf.get(groupId) ?? [])]));
    others.delete(key);
    this.#verifyAgain(others);
    const changed = new Set([...before, ...groupIds]);
    if (changed.size > 0) this.#options.onChange([...changed]);
  }
}
