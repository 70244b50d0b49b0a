import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';

interface Workload extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const apps = (kind: string, plural: string) => resourceType<Workload>('apps/v1', kind, plural, true);

interface WorkloadKind {
  readonly type: ResourceType<Workload>;
  readonly isReady: (workload: Workload) => boolean;
}

const isObserved = ({ metadata, status }: Workload): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const hasReplicas = (workload: Workload): boolean =>
  isObserved(workload) && (workload.status?.readyReplicas ?? 0) >= (workload.spec?.replicas ?? 1);

const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { type: apps('Deployment', 'deployments'), isReady: hasReplicas },
  { type: apps('StatefulSet', 'statefulsets'), isReady: hasReplicas },
  {
    type: apps('DaemonSet', 'daemonsets'),
    isReady: workload =>
      isObserved(workload) && (workload.status?.numberReady ?? 0) >= (workload.status?.desiredNumberScheduled ?? 0),
  },
];

/** Velero labels all that it restores (`velero.io/restore-name`, pkg/apis/velero/v1/labels_annotations.go). */
const RESTORE_LABEL = 'velero.io/restore-name';

type WorkloadReport = NonNullable<RecoveryStatus['workloads']>;

/** How far the workloads that a Restore brought have come up; those that were there before are not its business. */
export const reportWorkloads = async (
  client: KubeClient,
  restore: string,
  namespaces: readonly string[],
): Promise<WorkloadReport> => {
  const labelSelector = `${RESTORE_LABEL}=${restore}`;
  const lists = await Promise.all(
    namespaces.flatMap(namespace =>
      WORKLOAD_KINDS.map(async ({ type, isReady }) => {
        const found = await client.listAll(type, { namespace, labelSelector });
        return found.map(workload => ({
          ready: isReady(workload),
          name: { kind: type.kind, namespace, name: workload.metadata.name },
        }));
      }),
    ),
  );
  const all = lists.flat();
  const notReady = all.filter(({ ready }) => !ready).map(({ name }) => name);
  return { ready: all.length - notReady.length, total: all.length, notReady: notReady.slice(0, 50) };
};
