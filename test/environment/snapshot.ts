import type { Cluster } from '../clusters/cluster.ts';

interface LiveObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Objects of a namespace by `Kind/name`, without what a new object cannot share with the old one. */
export type Snapshot = Readonly<Record<string, unknown>>;

/** Kinds that applications have; what controllers make from them (pods, replica sets) is theirs. */
const KINDS = [
  'configmaps',
  'secrets',
  'services',
  'deployments.apps',
  'statefulsets.apps',
  'persistentvolumeclaims',
  'horizontalpodautoscalers.autoscaling',
  'ingresses.networking.k8s.io',
  'cronjobs.batch',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
];

/** Of the sample application alone. */
const RECIPES = 'recipes.shop.example';

/** Made by controllers in every namespace, or by the catalogue for the owners. */
const NOT_THE_TEAMS = /^(ConfigMap\/kube-root-ca\.crt|RoleBinding\/kubectl-recover-owners-.*)$/;

const without = (values: Readonly<Record<string, string>> | undefined, ...prefixes: readonly string[]) =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => !prefixes.some(prefix => key.startsWith(prefix))));

type Json = Readonly<Record<string, unknown>>;

const omit = (value: unknown, ...fields: readonly string[]): Json =>
  Object.fromEntries(Object.entries((value ?? {}) as Json).filter(([field]) => !fields.includes(field)));

/** Fields that the cluster assigns to each object anew, by kind. */
const contentOf = (object: LiveObject): Json => {
  const content = omit(object, 'apiVersion', 'kind', 'metadata', 'status');
  switch (object.kind) {
    case 'Service':
      return { ...content, spec: omit(content['spec'], 'clusterIP', 'clusterIPs', 'healthCheckNodePort') };
    case 'PersistentVolumeClaim':
      return { ...content, spec: omit(content['spec'], 'volumeName') };
    default:
      return content;
  }
};

const entryOf = (object: LiveObject): readonly [string, unknown] => {
  const { labels, annotations } = object.metadata;
  const content = {
    labels: without(labels, 'velero.io/'),
    annotations: without(
      annotations,
      'kubectl.kubernetes.io/',
      'deployment.kubernetes.io/',
      'autoscaling.alpha.kubernetes.io/',
      'pv.kubernetes.io/',
      'volume.',
      'velero.io/',
    ),
    // A namespace that is named inside an object is renamed with it, or stays; the tests look at that themselves.
    ...contentOf(object),
  };
  return [`${object.kind}/${object.metadata.name}`, content];
};

const snapshotOf = (objects: readonly LiveObject[]): Snapshot =>
  Object.fromEntries(objects.map(entryOf).filter(([key]) => !NOT_THE_TEAMS.test(key)));

const read = async (cluster: Cluster, kinds: readonly string[], ...where: readonly string[]) => {
  const output = await cluster.kubectl('get', kinds.join(','), ...where, '-o', 'json');
  return (JSON.parse(output) as { readonly items: readonly LiveObject[] }).items;
};

/** Content of a namespace, for comparing before and after a recovery, in this or in another namespace. */
export const snapshot = async (cluster: Cluster, namespace: string): Promise<Snapshot> =>
  snapshotOf(await read(cluster, [...KINDS, RECIPES], '-n', namespace));

/** Content of many namespaces, by name, without the sample application's own kind. */
export const snapshots = async (
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<Readonly<Record<string, Snapshot>>> => {
  const objects = Map.groupBy(await read(cluster, KINDS, '-A'), ({ metadata }) => metadata.namespace);
  return Object.fromEntries(namespaces.map(namespace => [namespace, snapshotOf(objects.get(namespace) ?? [])]));
};

/** UID of a namespace, or nothing if it is not there. */
export const namespaceUid = async (cluster: Cluster, name: string): Promise<string> =>
  cluster.kubectl('get', 'namespace', name, '--ignore-not-found', '-o', 'jsonpath={.metadata.uid}');
