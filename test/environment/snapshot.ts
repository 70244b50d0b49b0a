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

/** Kinds that the sample application has; what controllers make from them (pods, replica sets) is theirs. */
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
  'recipes.shop.example',
];

/** Made by controllers in every namespace, or by the catalogue for the owners. */
const NOT_THE_TEAMS = new Set(['ConfigMap/kube-root-ca.crt', 'RoleBinding/kubectl-recover-owners']);

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

/** Content of a namespace, for comparing before and after a recovery, in this or in another namespace. */
export const snapshot = async (cluster: Cluster, namespace: string): Promise<Snapshot> => {
  const output = await cluster.kubectl('get', KINDS.join(','), '-n', namespace, '-o', 'json');
  const { items } = JSON.parse(output) as { readonly items: readonly LiveObject[] };
  const entries = items.map(object => {
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
    return [`${object.kind}/${object.metadata.name}`, content] as const;
  });
  return Object.fromEntries(entries.filter(([key]) => !NOT_THE_TEAMS.has(key)));
};

/** UID of a namespace, or nothing if it is not there. */
export const namespaceUid = async (cluster: Cluster, name: string): Promise<string> =>
  cluster.kubectl('get', 'namespace', name, '--ignore-not-found', '-o', 'jsonpath={.metadata.uid}');
