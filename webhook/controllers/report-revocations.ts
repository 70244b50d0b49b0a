import { digestOf } from '../../api/digest.ts';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import type { Reflector } from '../cluster/reflector.ts';
import type { Logger } from '../observability/logger.ts';
import { writeEvent } from '../observability/write-event.ts';
import type { ReconcileResult } from './controller.ts';

export interface RevocationsOptions {
  readonly client: KubeClient;
  readonly identities: Pick<Reflector<ClusterIdentity, Stored<ClusterIdentity>>, 'get'>;
  readonly log: Logger;
  readonly clock: () => number;
}

/** Events of objects without a namespace lie here, as kubectl expects. */
const EVENTS_NAMESPACE = 'default';

/** Tells by Events which keys of this cluster and its peers an operator has revoked. */
export const reportRevocations = ({ client, identities, log, clock }: RevocationsOptions) => {
  const told = new Set<string>();
  const tell = async ({ metadata }: Stored<ClusterIdentity>, { kid, use, revoked }: ClusterKey, digest: string) => {
    const { name, uid } = metadata;
    log.warn({ cluster: name, use, kid, why: revoked?.reason }, 'KeyRevoked');
    try {
      await writeEvent(client, {
        // Named by what it tells, so that no replica and no restart tells it twice.
        name: `${name}.${digest.slice(-16)}`,
        about: {
          apiVersion: GROUP_VERSION,
          kind: 'ClusterIdentity',
          metadata: { name, uid, namespace: EVENTS_NAMESPACE },
        },
        reason: 'KeyRevoked',
        message: `nothing that ${use.toLowerCase()} key ${kid} has signed counts any more: ${revoked?.reason ?? 'no reason was given'}`,
        type: 'Warning',
        now: new Date(clock()),
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  };
  return async (key: string): Promise<ReconcileResult> => {
    const identity = identities.get(key);
    for (const each of identity?.spec.keys ?? []) {
      if (identity === undefined || each.state !== 'Revoked') continue;
      const digest = digestOf({ event: 'KeyRevoked', uid: identity.metadata.uid, kid: each.kid });
      if (told.has(digest)) continue;
      await tell(identity, each, digest);
      told.add(digest);
    }
    return {};
  };
};
