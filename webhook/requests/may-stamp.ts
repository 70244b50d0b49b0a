import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { VERBS } from '../../api/names.ts';
import { reviewAccess } from '../cluster/review-access.ts';

/** Whether a user may say whose a backup in this namespace of Velero's is: the RBAC verb `stamp`. */
export const mayStamp = (client: KubeClient, requester: Requester, namespace: string): Promise<boolean> =>
  reviewAccess(
    client,
    requester,
    { namespace, verb: VERBS.stamp, group: 'velero.io', resource: 'restores' },
    `may stamp backups in namespace "${namespace}"`,
  );
