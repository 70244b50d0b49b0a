import { expect, test } from 'vitest';
import { digestOf } from '../digest.ts';
import type { KubeObject } from '../kinds/object-meta.ts';
import { comparedForm } from './compared-form.ts';

const base = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};
const digest = (object: KubeObject): string => digestOf(comparedForm(object));

test.each<[string, object]>([
  ['its UID and version', { metadata: { ...base.metadata, uid: 'u', resourceVersion: '7', generation: 3 } }],
  ['its namespace, since it may be mapped', { metadata: { ...base.metadata, namespace: 'shop-test' } }],
  ['its owners and finalizers', { metadata: { ...base.metadata, finalizers: ['x'], ownerReferences: [] } }],
  ['its status', { status: { loadBalancer: {} } }],
  [
    'addresses and node ports',
    { spec: { ...base.spec, clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 31000 }] } },
  ],
  ['labels of Velero', { metadata: { ...base.metadata, labels: { app: 'web', 'velero.io/restore-name': 'x' } } }],
  [
    'what kubectl apply notes',
    { metadata: { ...base.metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } },
  ],
])('an object is the same whatever %s', (_, change) => {
  expect(digest({ ...base, ...change } as KubeObject)).toBe(digest(base));
});

test.each<[string, object]>([
  ['a field of its spec', { spec: { ...base.spec, ports: [{ port: 81 }] } }],
  ['a label', { metadata: { ...base.metadata, labels: { app: 'web', tier: 'front' } } }],
  ['an annotation', { metadata: { ...base.metadata, annotations: { note: 'x' } } }],
  ['another field', { data: { a: 'b' } }],
  ['its version of the API', { apiVersion: 'v2' }],
])('an object differs by %s', (_, change) => {
  expect(digest({ ...base, ...change } as KubeObject)).not.toBe(digest(base));
});

test('a Secret is not compared', () => {
  expect(comparedForm({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } })).toBeUndefined();
});

type Change = Readonly<Record<string, unknown>>;
const objectOf = (type: string, fields: Change): KubeObject => {
  const slash = type.lastIndexOf('/');
  return {
    ...{ apiVersion: type.slice(0, slash), kind: type.slice(slash + 1) },
    ...{ metadata: { name: 'web', namespace: 'shop' } },
    ...fields,
  } as KubeObject;
};
const withSpec = (spec: Change, metadata: Change = {}): Change => ({
  ...{ spec, metadata: { name: 'web', namespace: 'shop', ...metadata } },
});
const port = (nodePort?: number): Change => ({ ports: [{ port: 80, protocol: 'TCP', nodePort }] });
const written = (...path: readonly string[]): Change => ({
  managedFields: [{ fieldsV1: path.reduceRight<Change>((inner, name) => ({ [name]: inner }), {}) }],
});
const NODE_PORT = written('f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:nodePort');
const applied = (spec: Change): Change => ({
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) },
});
const jobOf = (uid: string, tier: string): Change => {
  const labels = { 'controller-uid': uid, 'batch.kubernetes.io/controller-uid': uid, tier };
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels } } };
  return { ...withSpec(spec, { labels }) };
};
const mounted = (...names: readonly string[]): Change => ({
  spec: {
    volumes: names.map(name => ({ name })),
    initContainers: [{ name: 'a', volumeMounts: names.map(name => ({ name })) }],
    containers: [{ name: 'b', volumeMounts: names.map(name => ({ name })) }],
  },
});

test.each<[string, string, Change, Change]>([
  ['the volume of a claim', 'v1/PersistentVolumeClaim', withSpec({ volumeName: 'pv-1' }), withSpec({})],
  [
    'the snapshot that a claim was filled from',
    'v1/PersistentVolumeClaim',
    withSpec({
      dataSource: { kind: 'VolumeSnapshot', name: 'a' },
      dataSourceRef: { kind: 'VolumeSnapshot', name: 'a' },
    }),
    withSpec({ dataSource: { kind: 'VolumeSnapshot', name: 'b' } }),
  ],
  [
    'how Velero has a claim wait for its data',
    'v1/PersistentVolumeClaim',
    withSpec({ selector: { matchLabels: { 'velero.io/dynamic-pv-restore': 'x' } } }),
    withSpec({}),
  ],
  ['the node of a pod', 'v1/Pod', withSpec({ nodeName: 'node-1', priority: 0 }), withSpec({})],
  [
    'the name of a pod’s token volume',
    'v1/Pod',
    mounted('data', 'kube-api-access-abcde'),
    mounted('data', 'kube-api-access-xyz12'),
  ],
  ['the UID in the labels of a job', 'batch/v1/Job', jobOf('u1', 'back'), jobOf('u2', 'back')],
  [
    'who holds a lease',
    'coordination.k8s.io/v1/Lease',
    withSpec({
      leaseDurationSeconds: 15,
      holderIdentity: 'a',
      renewTime: 't1',
      acquireTime: 't0',
      leaseTransitions: 1,
    }),
    withSpec({
      leaseDurationSeconds: 15,
      holderIdentity: 'b',
      renewTime: 't3',
      acquireTime: 't2',
      leaseTransitions: 2,
    }),
  ],
  ['the generated token of a ServiceAccount', 'v1/ServiceAccount', { secrets: [{ name: 'web-token-abcde' }] }, {}],
  [
    'the own namespace of a binding’s subject, which is mapped with it',
    'rbac.authorization.k8s.io/v1/RoleBinding',
    { subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }] },
    {
      metadata: { name: 'web', namespace: 'shop-2' },
      subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop-2' }],
    },
  ],
])('nobody decided on %s', (_, type, one, other) => {
  expect(digest(objectOf(type, one))).toBe(digest(objectOf(type, other)));
});

test.each<[string, string, Change, Change]>([
  [
    'the source of a claim',
    'v1/PersistentVolumeClaim',
    withSpec({ dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } }),
    withSpec({}),
  ],
  [
    'the selector of a claim',
    'v1/PersistentVolumeClaim',
    withSpec({ selector: { matchLabels: { tier: 'a', 'velero.io/dynamic-pv-restore': 'x' } } }),
    withSpec({ selector: { matchLabels: { tier: 'b' } } }),
  ],
  [
    'the size of a claim',
    'v1/PersistentVolumeClaim',
    withSpec({ resources: { requests: { storage: '1Gi' } } }),
    withSpec({ resources: { requests: { storage: '2Gi' } } }),
  ],
  ['another volume of a pod', 'v1/Pod', mounted('data', 'kube-api-access-abcde'), mounted('kube-api-access-abcde')],
  [
    'the image of a pod',
    'v1/Pod',
    withSpec({ containers: [{ image: 'web:1' }] }),
    withSpec({ containers: [{ image: 'web:2' }] }),
  ],
  ['another label of a job', 'batch/v1/Job', jobOf('u1', 'back'), jobOf('u1', 'front')],
  [
    'how long a lease lasts',
    'coordination.k8s.io/v1/Lease',
    withSpec({ leaseDurationSeconds: 15 }),
    withSpec({ leaseDurationSeconds: 60 }),
  ],
  ['a secret of a ServiceAccount', 'v1/ServiceAccount', { secrets: [{ name: 'registry' }] }, {}],
  ['the pull secrets of a ServiceAccount', 'v1/ServiceAccount', { imagePullSecrets: [{ name: 'registry' }] }, {}],
  [
    'a subject of another namespace',
    'rbac.authorization.k8s.io/v1/RoleBinding',
    { subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'billing' }] },
    { subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }] },
  ],
  [
    'that a Service has no address',
    'v1/Service',
    withSpec({ clusterIP: 'None', clusterIPs: ['None'] }),
    withSpec({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }),
  ],
  ['a node port that was written', 'v1/Service', withSpec(port(30080), NODE_PORT), withSpec(port(30081), NODE_PORT)],
  [
    'a node port that was applied',
    'v1/Service',
    withSpec(port(30080), applied(port(30080))),
    withSpec(port(30081), applied(port(30081))),
  ],
  [
    'the fields of a Service that is not of Kubernetes',
    'serving.example/v1/Service',
    withSpec({ clusterIP: 'a' }),
    withSpec({ clusterIP: 'b' }),
  ],
])('somebody decided on %s', (_, type, one, other) => {
  expect(digest(objectOf(type, one))).not.toBe(digest(objectOf(type, other)));
});

test('a node port that the cluster chose is not compared, also where other fields of the port were written', () => {
  const other = written('f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:port');
  const digests = [withSpec(port(30080), other), withSpec(port(31000), applied(port())), withSpec(port())];
  expect(new Set(digests.map(fields => digest(objectOf('v1/Service', fields)))).size).toBe(1);
});
