import { recoveryHash } from '../../api/digest.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import type { GroupView } from '../state/views.ts';
import type { Logger } from './logger.ts';
import { writeEvent } from './write-event.ts';

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
    const { namespace, name, uid } = group;
    const hash = recoveryHash(recovery.metadata.name);
    try {
      await writeEvent(client, {
        name: `${name}.${hash}.${clock().toString(36)}`,
        about: { apiVersion: GROUP_VERSION, kind: 'ApplicationGroup', metadata: { namespace, name, uid } },
        reason,
        message: `recovery ${hash} of ${recovery.spec.requester?.username}: ${message}`,
        type: NORMAL.has(reason) ? 'Normal' : 'Warning',
        now: new Date(clock()),
      });
    } catch (error) {
      // An Event is a courtesy: the Recovery itself holds what happened, and the recovery goes on.
      log.warn({ err: error, reason }, 'an Event could not be written');
    }
  },
});
