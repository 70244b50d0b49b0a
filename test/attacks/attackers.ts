import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf } from '../environment/api-user.ts';
import type { RecoveryEnvironment } from '../environment/recovery-environment.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const binding = (name: string, role: string, users: readonly string[]) => ({
  apiVersion: RBAC,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: users.map(user => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user })),
});

const CRUD = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

/** Those who attack, each with a login and rights of their own. */
export interface Attackers {
  /** May do everything that plain RBAC knows, everywhere, but neither `bypass` nor `operate`. */
  readonly editor: KubeClient;
  /** As the editor, and `operate`: the daily work with Velero. */
  readonly operator: KubeClient;
  /** A pipeline's ServiceAccount with every right there is. */
  readonly pipeline: KubeClient;
  /** The service account of Velero itself, as the content of a backup uses it. */
  readonly velero: KubeClient;
  /** Holds the ClusterRole `kubectl-recover-declare-lost` and nothing else. */
  readonly declarer: KubeClient;
  /** Holds the ClusterRole `kubectl-recover-operator` and nothing else. */
  readonly platform: KubeClient;
  /** Owner of the group in namespace `shop`, admin of that namespace, nothing else. */
  readonly alice: KubeClient;
  close(): Promise<void>;
}

/** Gives the attackers their logins and rights in `prod`. */
export const createAttackers = async (environment: RecoveryEnvironment): Promise<Attackers> => {
  const { prod } = environment.clusters;
  await prod.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pipelines' } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'pipeline', namespace: 'pipelines' } },
    {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name: 'everything-plain' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: [...CRUD] }],
    },
    binding('everything-plain', 'everything-plain', ['editor', 'velero-operator']),
    binding('velero-operators', 'kubectl-recover-operator', ['velero-operator', 'platform']),
    binding('declarers', 'kubectl-recover-declare-lost', ['declarer']),
    {
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'pipeline-is-admin' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'pipeline', namespace: 'pipelines' }],
    },
  );
  const [editor, operator, declarer, platform, alice] = await Promise.all(
    ['editor', 'velero-operator', 'declarer', 'platform', 'alice'].map(async name =>
      clientOf((await environment.user(name)).kubeconfigs.prod),
    ),
  );
  if (!editor || !operator || !declarer || !platform || !alice) throw new Error('a user has no login');
  const pipeline = clientOf(await prod.serviceAccountKubeconfig('pipelines', 'pipeline'));
  const velero = clientOf(await prod.serviceAccountKubeconfig('velero', 'velero'));
  const all = [editor, operator, pipeline, velero, declarer, platform, alice];
  await waitUntil(
    'the attackers to have their rights',
    async () => {
      const tried = await Promise.allSettled([
        ...[editor, operator, pipeline].map(client => client.read('/api/v1/secrets?limit=1')),
        ...[declarer, platform].map(client => client.list(OWN.clusterIdentities, { limit: 1 })),
      ]);
      return tried.every(({ status }) => status === 'fulfilled');
    },
    { timeoutSeconds: 60 },
  );
  return {
    editor,
    operator,
    pipeline,
    velero,
    declarer,
    platform,
    alice,
    close: async () => {
      await Promise.all(all.map(client => client.close()));
    },
  };
};
