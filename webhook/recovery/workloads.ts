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
  /** Replicas that are ready, and that there are to be. */
  readonly replicasOf: (workload: Workload) => { readonly ready: number; readonly wanted: number };
}

const isObserved = ({ metadata, status }: Workload): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const replicasOf: WorkloadKind['replicasOf'] = ({ spec, status }) => ({
  ready: status?.readyReplicas ?? 0,
  wanted: spec?.replicas ?? 1,
});

const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { type: apps('Deployment', 'deployments'), replicasOf },
  { type: apps('StatefulSet', 'statefulsets'), replicasOf },
  {
    type: apps('DaemonSet', 'daemonsets'),
    replicasOf: ({ status }) => ({ ready: status?.numberReady ?? 0, wanted: status?.desiredNumberScheduled ?? 0 }),
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
      WORKLOAD_KINDS.map(async ({ type, replicasOf }) => {
        const found = await client.listAll(type, { namespace, labelSelector });
        return found.map(workload => {
          const { ready, wanted } = replicasOf(workload);
          return {
            isReady: isObserved(workload) && ready >= wanted,
            waiting: { kind: type.kind, namespace, name: workload.metadata.name, ready, wanted },
          };
        });
      }),
    ),
  );
  const all = lists.flat();
  const notReady = all.filter(({ isReady }) => !isReady).map(({ waiting }) => waiting);
  return { ready: all.length - notReady.length, total: all.length, notReady: notReady.slice(0, 50) };
};
