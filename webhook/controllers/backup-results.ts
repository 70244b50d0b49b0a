import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import Type from 'typebox';
import { request } from 'undici';
import { randomName } from '../../api/digest.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { parserOf } from '../../api/parse.ts';
import { object, optional } from '../../api/schema.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import type { Reflector } from '../cluster/reflector.ts';
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
const POLL_MS = 250;
const PATIENCE_MS = 60_000;

const unzip = promisify(gunzip);

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
    return backup.status.phase === 'PartiallyFailed' && backup.stamp !== undefined && !this.#known.has(backup.uid);
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

  async #fetch(backup: BackupView): Promise<KnownErrors> {
    const { client } = this.#options;
    const at = { namespace: backup.namespace, name: `kubectl-recover-${randomName()}` };
    await client.create(VELERO.downloadRequests, {
      apiVersion: 'velero.io/v1',
      kind: 'DownloadRequest',
      metadata: at,
      spec: { target: { kind: 'BackupResults', name: backup.name } },
    });
    try {
      const results = parseResults(await download(await this.#url(at)));
      const { namespaces, velero, cluster } = results.errors ?? {};
      return {
        outcome: 'known',
        byNamespace: new Map(Object.entries(namespaces ?? {}).map(([name, { length }]) => [name, length])),
        unattributed: (velero?.length ?? 0) + (cluster?.length ?? 0),
      };
    } finally {
      await client.remove(VELERO.downloadRequests, at);
    }
  }

  async #url(at: { readonly namespace: string; readonly name: string }): Promise<string> {
    const deadline = this.#options.clock() + PATIENCE_MS;
    while (this.#options.clock() < deadline) {
      const { status } = await this.#options.client.get(VELERO.downloadRequests, at);
      if (status?.downloadURL) return status.downloadURL;
      await new Promise<void>(resolve => setTimeout(resolve, POLL_MS));
    }
    throw new Error('Velero did not process a DownloadRequest in time');
  }
}

const download = async (url: string): Promise<unknown> => {
  const response = await request(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const body = Buffer.from(await response.body.arrayBuffer());
  if (response.statusCode !== 200) throw new Error(`the object store answered with HTTP ${response.statusCode}`);
  return JSON.parse((await unzip(body, { maxOutputLength: MAX_BYTES })).toString('utf8'));
};
