import type { VeleroOptions } from './cluster.ts';

export const veleroNamespace = 'velero';
export const veleroServiceAccount = 'velero';

const labels = { component: 'velero' };

/** What `velero install` would make, but for the CRDs and running pods: the server runs as a process beside the cluster. */
export function veleroObjects(options: VeleroOptions, credentials: string): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: veleroNamespace, labels } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: veleroServiceAccount, namespace: veleroNamespace, labels },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: veleroServiceAccount, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: veleroServiceAccount, namespace: veleroNamespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cloud-credentials', namespace: veleroNamespace, labels },
      stringData: { cloud: credentials },
    },
    deployment(),
    location(options, 'default', options.prefix, { default: true }),
    ...(options.readOnlyLocations ?? []).map(({ name, prefix }) =>
      location(options, name, prefix, { accessMode: 'ReadOnly' }),
    ),
  ];
}

/** A restore fails where no Deployment of this name is; it need not run. */
function deployment(): object {
  const podLabels = { ...labels, deploy: 'velero' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'velero', namespace: veleroNamespace, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: podLabels },
      template: {
        metadata: { labels: podLabels },
        spec: {
          serviceAccountName: veleroServiceAccount,
          containers: [{ name: 'velero', image: 'velero/velero:v1.18.3', command: ['/velero'], args: ['server'] }],
        },
      },
    },
  };
}

function location(options: VeleroOptions, name: string, prefix: string, more: object): object {
  const { bucket, region, url } = options.objectStore;
  return {
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { name, namespace: veleroNamespace, labels },
    spec: {
      provider: 'aws',
      objectStorage: { bucket, prefix },
      config: { region, s3ForcePathStyle: 'true', s3Url: url },
      // Velero looks once a minute and when it starts, and skips a location synced less than this ago. With one second
      // a restart is a sync, whenever the last one was.
      backupSyncPeriod: '1s',
      ...more,
    },
  };
}
