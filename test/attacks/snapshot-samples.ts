import { clusterScoped, inNamespace, type Sample } from './free-object.ts';

const V1 = 'snapshot.storage.k8s.io/v1';

/** What Velero makes for volumes of CSI drivers, during backups in the teams' namespaces. */
export const SNAPSHOT_SAMPLES: readonly Sample[] = [
  inNamespace(V1, 'VolumeSnapshot', 'volumesnapshots', { spec: { source: { persistentVolumeClaimName: 'data' } } }),
  clusterScoped(V1, 'VolumeSnapshotContent', 'volumesnapshotcontents', { spec: { driver: 'disk.example' } }),
];

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The kinds of the CSI snapshotter, without its schemas: what is tested is who may write them. */
export const snapshotDefinitions: readonly object[] = SNAPSHOT_SAMPLES.map(({ type }) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${type.plural}.${type.group}`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' },
  },
  spec: {
    group: type.group,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    names: { kind: type.kind, plural: type.plural, singular: type.kind.toLowerCase() },
    versions: [
      {
        name: type.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
      },
    ],
  },
}));
