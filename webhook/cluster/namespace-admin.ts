import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { reviewAccess } from './review-access.ts';

/** Whether a user is admin of a namespace: may create RoleBindings there. @throws RecoverError `StateUnavailable` */
export const isNamespaceAdmin = (client: KubeClient, requester: Requester, namespace: string): Promise<boolean> =>
  reviewAccess(
    client,
    requester,
    { namespace, verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
    `is admin of namespace "${namespace}"`,
  );
