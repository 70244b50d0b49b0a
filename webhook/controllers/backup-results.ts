import Type from 'typebox';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { parserOf } from '../../api/parse.ts';
import { object, optional } from '../../api/schema.ts';
import type { Backup } from '../../api/velero/velero-types.ts';
import type { Reflector } from '../cluster/reflector.ts';
import { unzippedJson } from '../cluster/unzipped-json.ts';
import { downloadFromVelero } from '../cluster/velero-download.ts';
import type { BackupErrors } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import type { ReconcileResult } from './controller.ts';

/**
 * Velero's `BackupResults` (pkg/util/results/result.go): messages by namespace, and those of none. Which list a message
 * is in depends on the logger it went through (pkg/util/logging/log_counter_hook.go): those of hooks name no namespace.
 */
const messages = () => optional(Type.Union([Type.Array(Type.String()), Type.Null()]));
const resultSchema = object({
  velero: messages(),
  cluster: messages(),
  namespaces: optional(
    Type.Union([
      Type.Unsafe<Record<string, string[]>>({ type: 'object', additionalProperties: { type: 'array' } }),
      Type.Null(),
    ]),
  ),
});
const parseResults = parserOf(
  object({ errors: optional(resultSchema) }),
  'the results of a backup',
  'StateUnavailable',
);

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
    const target = { kind: 'BackupResults', namespace, backup: name } as const;
    const { errors } = parseResults(
      await downloadFromVelero(this.#options, target, body => unzippedJson(body, MAX_BYTES)),
    );
    const { namespaces, velero, cluster } = errors ?? {};
    return {
      outcome: 'known',
      byNamespace: new Map(Object.entries(namespaces ?? {}).map(([name, { length }]) => [name, length])),
      unattributed: (velero?.length ?? 0) + (cluster?.length ?? 0),
    };
  }
}
