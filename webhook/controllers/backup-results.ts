import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import type { Reflector } from '../cluster/reflector.ts';
import { unzippedJson } from '../cluster/unzipped-json.ts';
import { downloadFromVelero } from '../cluster/velero-download.ts';
import { veleroErrors } from '../cluster/velero-results.ts';
import type { BackupErrors } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import type { ReconcileResult } from './controller.ts';

type KnownErrors = Extract<BackupErrors, { readonly outcome: 'known' }>;

/** Results of a large backup are some MiB; more than this is not read. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface BackupResultsOptions {
  readonly client: KubeClient;
  readonly backups: Reflector<Backup, BackupView>;
  readonly clock: () => number;
}

/**
 * Errors of partially failed Backups by namespace, fetched once through Velero's DownloadRequest. Of the results
 * only counts are kept: their texts name objects of other teams.
 */
export class BackupResults {
  readonly #options: BackupResultsOptions;
  readonly #known = new Map<string, KnownErrors>();

  constructor(options: BackupResultsOptions) {
    this.#options = options;
  }

  errorsOf(backup: BackupView): BackupErrors {
    return this.#known.get(backup.uid) ?? { outcome: 'unknown' };
  }

  /** Whether there is anything to fetch for this Backup. */
  wants(backup: BackupView): boolean {
    const isStamped = backup.stamp !== undefined || backup.adoptedStamp !== undefined;
    return backup.status.phase === 'PartiallyFailed' && isStamped && !this.#known.has(backup.uid);
  }

  forget(backup: BackupView): void {
    this.#known.delete(backup.uid);
  }

  reconcile = async (key: string): Promise<ReconcileResult> => {
    const backup = this.#options.backups.get(key);
    if (backup === undefined || !this.wants(backup)) return {};
    this.#known.set(backup.uid, await this.#fetch(backup));
    return {};
  };

  async #fetch({ namespace, name }: BackupView): Promise<KnownErrors> {
    const target = { kind: 'BackupResults', namespace, name } as const;
    const results = await downloadFromVelero(this.#options, target, body => unzippedJson(body, MAX_BYTES));
    const { byNamespace, unattributed } = veleroErrors(results);
    return {
      outcome: 'known',
      byNamespace: new Map([...byNamespace].map(([name, { length }]) => [name, length])),
      unattributed: unattributed.length,
    };
  }
}
