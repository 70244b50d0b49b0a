import type { Owner } from '../../api/kinds/group-parts.ts';
import type { RecoveryTarget } from '../../api/kinds/recovery.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { CORE, type RoleBinding } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ownersHere } from '../checks/ownership.ts';
import type { RecoveryContext } from './recovery-context.ts';
import { groupOfRecovery } from './step-issue.ts';

const RBAC = 'rbac.authorization.k8s.io';

type Subject = NonNullable<RoleBinding['subjects']>[number] & { readonly apiGroup?: string };

const subjectOf = ({ kind, name, namespace }: Owner): Subject =>
  kind === 'ServiceAccount' && namespace !== undefined ? { kind, name, namespace } : { apiGroup: RBAC, kind, name };

/** The owners by the grant of a recovery who are somebody in this cluster. */
export const ownersOf = ({ recovery, tools: { state } }: RecoveryContext): Owner[] => {
  const { owners, cluster } = groupOfRecovery(recovery.spec.accessToken);
  return ownersHere(owners, state.peer(cluster.id), cluster.id === state.self().cluster.id);
};

/** The namespace that was made for the recovery is still there: what took its name since is somebody else's. */
const isStillThere = async (client: KubeClient, { name, uid }: RecoveryTarget): Promise<boolean> => {
  const live = await client.find(CORE.namespaces, { name });
  return uid !== undefined && live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined;
};

/**
 * Makes the owners admins of the namespaces that were made for this recovery; nobody else is, there. Named by the
 * recovery: what Velero restored may hold a binding of an earlier one, for those who were owners then. Safe to repeat,
 * as it is while workloads come up.
 */
export const grantOwners = async (context: RecoveryContext): Promise<void> => {
  const { recovery, hash, tools } = context;
  const subjects = ownersOf(context).map(subjectOf);
  for (const target of recovery.status?.targets ?? []) {
    if (!target.reserved || subjects.length === 0 || !(await isStillThere(tools.client, target))) continue;
    const binding: RoleBinding = {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `kubectl-recover-owners-${hash}`, namespace: target.name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'admin' },
      subjects,
    };
    try {
      await tools.client.create(CORE.roleBindings, binding);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
};
