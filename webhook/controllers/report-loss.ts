import { digestOf } from '../../api/digest.ts';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import type { Reflector } from '../cluster/reflector.ts';
import type { Logger } from '../observability/logger.ts';
import { writeEvent } from '../observability/write-event.ts';
import type { ReconcileResult } from './controller.ts';

export interface LossOptions {
  readonly client: KubeClient;
  readonly identities: Pick<Reflector<ClusterIdentity, Stored<ClusterIdentity>>, 'get'>;
  readonly log: Logger;
  readonly clock: () => number;
}

type Loss = NonNullable<ClusterIdentity['spec']['lost']>;

/** Events of objects without a namespace lie here, as kubectl expects. */
const EVENTS_NAMESPACE = 'default';

/** Tells by Events when a peer is declared lost, and when it is found again. */
export const reportLoss = ({ client, identities, log, clock }: LossOptions) => {
  const told = new Map<string, Loss | undefined>();
  const tell = async (identity: Stored<ClusterIdentity>, loss: Loss, isLost: boolean): Promise<void> => {
    const { name, uid } = identity.metadata;
    const reason = isLost ? 'ClusterDeclaredLost' : 'ClusterDeclaredFound';
    log.warn({ peer: name, since: loss.since, why: loss.reason }, reason);
    try {
      await writeEvent(client, {
        // Named by what it tells, so that no replica and no restart tells it twice.
        name: `${name}.${digestOf({ event: reason, uid, loss }).slice(-16)}`,
        about: {
          apiVersion: GROUP_VERSION,
          kind: 'ClusterIdentity',
          metadata: { name, uid, namespace: EVENTS_NAMESPACE },
        },
        reason,
        message: isLost
          ? `lost since ${loss.since}: ${loss.reason}; its groups are recovered here without it`
          : `no longer lost, as it was since ${loss.since}`,
        type: 'Warning',
        now: new Date(clock()),
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  };
  return async (key: string): Promise<ReconcileResult> => {
    const identity = identities.get(key);
    if (identity === undefined) return {};
    const before = told.get(key);
    const now = identity.spec.lost;
    // An identity changes for many reasons, and an Event that was told is gone after an hour.
    if (digestOf(now ?? null) === digestOf(before ?? null)) return {};
    if (now !== undefined) await tell(identity, now, true);
    else if (before !== undefined) await tell(identity, before, false);
    told.set(key, now);
    return {};
  };
};
