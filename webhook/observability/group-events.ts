import { recoveryHash } from '../../api/digest.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import type { GroupView } from '../state/views.ts';
import type { Logger } from './logger.ts';

interface Event extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly type: 'Normal' | 'Warning';
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly source: { readonly component: string };
}

const events = resourceType<Event>('v1', 'Event', 'events', true);

/** Tells owners, by Events on their ApplicationGroup, what became of recoveries of it. */
export interface GroupEvents {
  tell(recovery: Stored<Recovery>, reason: string, message: string): Promise<void>;
}

const NORMAL = new Set(['RecoveryAdmitted', 'RecoverySucceeded']);

export const createGroupEvents = (options: {
  readonly client: KubeClient;
  readonly groupOf: (groupId: string) => GroupView | undefined;
  readonly log: Logger;
  readonly clock: () => number;
}): GroupEvents => ({
  tell: async (recovery, reason, message) => {
    const { client, groupOf, log, clock } = options;
    const group = groupOf(recovery.status?.groupID ?? '');
    if (group === undefined) return;
    const now = new Date(clock()).toISOString();
    const hash = recoveryHash(recovery.metadata.name);
    try {
      await client.create(events, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${group.name}.${hash}.${clock().toString(36)}`, namespace: group.namespace },
        reason,
        message: `recovery ${hash} of ${recovery.spec.requester?.username}: ${message}`.slice(0, 1024),
        type: NORMAL.has(reason) ? 'Normal' : 'Warning',
        involvedObject: {
          apiVersion: GROUP_VERSION,
          kind: 'ApplicationGroup',
          namespace: group.namespace,
          name: group.name,
          uid: group.uid,
        },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        source: { component: 'kubectl-recover' },
      });
    } catch (error) {
      // An Event is a courtesy: the Recovery itself holds what happened, and the recovery goes on.
      log.warn({ err: error, reason }, 'an Event could not be written');
    }
  },
});
