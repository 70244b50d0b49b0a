import type { Cluster } from '../clusters/cluster.ts';
import { waitEstablished } from '../clusters/wait-established.ts';

/**
 * The application that demo and tests recover: two namespaces with one of each kind that teams usually have, a
 * bound volume and a custom resource. Names of namespaces are given, so that each test has its own.
 */
export interface SampleApplication {
  readonly namespaces: readonly [front: string, data: string];
  /** Namespaces, and the admin's RoleBinding in each. */
  readonly surroundings: readonly object[];
  /** What the team made in them. */
  readonly objects: readonly object[];
  /** Cluster-scoped things of the platform: the volume, the custom resource's definition. */
  readonly platform: readonly object[];
}

const RBAC = 'rbac.authorization.k8s.io';

/** Makes a user admin of a namespace, as platforms do. */
export const adminBinding = (namespace: string, user: string): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: `admin-${user}`, namespace },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'admin' },
  subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
});

/** Definition of a kind of the team's own, `Recipe`, and the right of namespace admins to write it. */
const recipeDefinition: readonly object[] = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'recipes.shop.example' },
    spec: {
      group: 'shop.example',
      scope: 'Namespaced',
      names: { kind: 'Recipe', plural: 'recipes', singular: 'recipe' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { servings: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'recipes-admin', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
    rules: [{ apiGroups: ['shop.example'], resources: ['recipes'], verbs: ['*'] }],
  },
];

/** Defines the kind, and has Velero see it: it looks for new kinds only now and then. */
export const defineRecipes = async (cluster: Cluster): Promise<void> => {
  await cluster.apply(...recipeDefinition);
  await waitEstablished((...args) => cluster.kubectl(...args));
  await cluster.veleroServer.stop();
  await cluster.veleroServer.start();
};

const frontObjects = (namespace: string): object[] => {
  const labels = { app: 'web' };
  const metadata = (name: string) => ({ name, namespace, labels });
  const template = (restartPolicy: string) => ({
    metadata: { labels },
    spec: { restartPolicy, containers: [{ name: 'web', image: 'registry.example/shop/web:1' }] },
  });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('settings'), data: { currency: 'EUR', motd: 'welcome' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('payment'), stringData: { account: 'sample-account' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('web'),
      spec: { replicas: 2, selector: { matchLabels: labels }, template: template('Always') },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('web'),
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: metadata('web'),
      spec: {
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata('web'),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 4,
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata('report'),
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: template('OnFailure') } } },
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: metadata('reader'),
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: metadata('reader'),
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    },
    { apiVersion: 'shop.example/v1', kind: 'Recipe', metadata: metadata('soup'), spec: { servings: 4 } },
  ];
};

const dataObjects = (namespace: string): object[] => {
  const labels = { app: 'db' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace, labels },
      spec: { clusterIP: 'None', selector: labels, ports: [{ port: 5432 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-db-0', namespace, labels },
      spec: {
        storageClassName: 'manual',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace, labels },
      spec: {
        replicas: 1,
        serviceName: 'db',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'db',
                image: 'registry.example/shop/db:1',
                volumeMounts: [{ name: 'data', mountPath: '/var/lib/db' }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              storageClassName: 'manual',
              accessModes: ['ReadWriteOnce'],
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    },
  ];
};

/** A volume made by hand: there is no provisioner in the test clusters. */
export const manualVolume = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    storageClassName: 'manual',
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    hostPath: { path: `/data/${name}` },
  },
});

export const sampleApplication = (name: string, admin: string): SampleApplication => {
  const front = name;
  const data = `${name}-db`;
  return {
    namespaces: [front, data],
    surroundings: [front, data].flatMap(namespace => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      adminBinding(namespace, admin),
    ]),
    objects: [...frontObjects(front), ...dataObjects(data)],
    platform: [manualVolume(`${name}-volume`)],
  };
};

/** Sets up the application in a cluster as its team and platform would. */
export const deploy = async (cluster: Cluster, application: SampleApplication): Promise<void> => {
  await cluster.apply(...application.platform, ...application.surroundings);
  await cluster.apply(...application.objects);
};
