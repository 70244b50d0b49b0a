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

test.each([
  ['PersistentVolumeClaim', { volumeName: 'pv-1' }],
  ['Pod', { nodeName: 'node-1' }],
])('of a %s what the cluster allocates is left out', (kind, allocated) => {
  const object = { apiVersion: 'v1', kind, metadata: { name: 'x' }, spec: { a: 1 } };
  expect(digest({ ...object, spec: { a: 1, ...allocated } } as KubeObject)).toBe(digest(object));
});
