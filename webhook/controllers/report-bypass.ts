import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists, isNotFound } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { writeEvent } from '../observability/write-event.ts';
import type { ReconcileResult } from './controller.ts';

export interface BypassOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

/** Whether a Restore was made by break-glass and nobody was told of it yet. */
export const isUnreportedBypass = ({ metadata: { annotations } }: Pick<Restore, 'metadata'>): boolean =>
  annotations?.[ANNOTATIONS.bypassReason] !== undefined && annotations[ANNOTATIONS.bypassReported] === undefined;

const tell = async ({ client, clock }: BypassOptions, restore: Stored<Restore>): Promise<void> => {
  const { uid, annotations, creationTimestamp } = restore.metadata;
  try {
    await writeEvent(client, {
      name: `bypass.${uid}`,
      about: { ...restore, apiVersion: 'velero.io/v1', kind: 'Restore' },
      reason: 'BreakGlass',
      message: `made at ${creationTimestamp} past the checks, because: ${annotations?.[ANNOTATIONS.bypassReason]}`,
      type: 'Warning',
      now: new Date(clock()),
    });
  } catch (error) {
    // An earlier try, or another replica, has written it.
    if (!isAlreadyExists(error)) throw error;
  }
};

/**
 * Tells of each Restore that was made by break-glass, once, by an Event, a metric and the log; also of those that were
 * made while no catalogue ran. Who made it stands in the audit log of the API server.
 */
export const reportBypass =
  (options: BypassOptions) =>
  async (key: string): Promise<ReconcileResult> => {
    const { client, log, metrics } = options;
    const [namespace, name = ''] = key.split('/');
    const restore = await client.find(VELERO.restores, { namespace, name });
    if (restore === undefined || !isUnreportedBypass(restore)) return {};
    await tell(options, restore);
    const { resourceVersion } = restore.metadata;
    try {
      await client.mergePatch(
        VELERO.restores,
        { namespace, name },
        { metadata: { resourceVersion, annotations: { [ANNOTATIONS.bypassReported]: 'true' } } },
      );
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
    metrics.bypasses.inc();
    log.warn({ restore: key, reason: restore.metadata.annotations?.[ANNOTATIONS.bypassReason] }, 'break-glass Restore');
    return {};
  };
