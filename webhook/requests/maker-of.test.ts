import { describe, expect, test } from 'vitest';
import { type MadeObject, makerOf } from './maker-of.ts';

type Metadata = Partial<MadeObject['metadata']>;

const objectOf = (type: string, metadata: Metadata = {}, fields: Partial<MadeObject> = {}): MadeObject => {
  const slash = type.lastIndexOf('/');
  return {
    ...{ apiVersion: type.slice(0, slash), kind: type.slice(slash + 1) },
    ...{ metadata: { name: 'web', ...metadata }, ...fields },
  };
};
const ownedBy = (type: string, controller = true): Metadata => {
  const { apiVersion, kind } = objectOf(type);
  return { ownerReferences: [{ apiVersion, kind, name: 'web', controller }] };
};

describe('what another object makes', () => {
  test.each([
    ['v1/Pod', 'apps/v1/StatefulSet'],
    ['v1/Pod', 'batch/v1/Job'],
    ['v1/Pod', 'db.example/v1/Cluster'],
    ['apps/v1/ReplicaSet', 'apps/v1/Deployment'],
    ['apps/v1/ControllerRevision', 'apps/v1/DaemonSet'],
    ['discovery.k8s.io/v1/EndpointSlice', 'v1/Service'],
  ])('a %s of a %s', (type, owner) => {
    expect(makerOf(objectOf(type, ownedBy(owner)))).toEqual({ type: owner, name: 'web' });
  });

  test.each<[string, string, Metadata]>([
    ['a pod of nobody', 'v1/Pod', {}],
    ['a pod whose owner does not control it', 'v1/Pod', ownedBy('v1/ConfigMap', false)],
    ['a ReplicaSet of nobody', 'apps/v1/ReplicaSet', {}],
    ['a job of a CronJob, which runs again', 'batch/v1/Job', ownedBy('batch/v1/CronJob')],
    ['a claim of a StatefulSet, which has data', 'v1/PersistentVolumeClaim', ownedBy('apps/v1/StatefulSet')],
    ['a Secret of an operator', 'v1/Secret', ownedBy('db.example/v1/Cluster')],
    ['a Deployment of an operator', 'apps/v1/Deployment', ownedBy('db.example/v1/Cluster')],
    ['Endpoints that somebody wrote', 'v1/Endpoints', {}],
  ])('is not %s', (_, type, metadata) => {
    expect(makerOf(objectOf(type, metadata))).toBeUndefined();
  });
});

describe('a slice without an owner', () => {
  const slice = (managedBy: string, labels = { 'kubernetes.io/service-name': 'web' }): MadeObject =>
    objectOf('discovery.k8s.io/v1/EndpointSlice', {
      labels: { ...labels, 'endpointslice.kubernetes.io/managed-by': managedBy },
    });

  test('is its controller’s by its labels', () => {
    expect(makerOf(slice('endpointslice-controller.k8s.io'))).toEqual({ type: 'v1/Service', name: 'web' });
    expect(makerOf(slice('endpointslicemirroring-controller.k8s.io'))).toEqual({ type: 'v1/Endpoints', name: 'web' });
  });

  test('is not where somebody else manages it', () => {
    expect(makerOf(slice('team.example'))).toBeUndefined();
    expect(makerOf(slice('constructor'))).toBeUndefined();
  });
});

describe('what the cluster makes in every namespace', () => {
  test('is the certificates of its authorities', () => {
    for (const name of ['kube-root-ca.crt', 'openshift-service-ca.crt']) {
      expect(makerOf(objectOf('v1/ConfigMap', { name }))?.type).toBeUndefined();
      expect(makerOf(objectOf('v1/ConfigMap', { name }))).toBeDefined();
    }
    expect(makerOf(objectOf('v1/ConfigMap', { name: 'constructor' }))).toBeUndefined();
  });

  test('is the default ServiceAccount as long as nothing was added to it', () => {
    const account = (metadata: Metadata = {}, fields: Partial<MadeObject> = {}): MadeObject =>
      objectOf('v1/ServiceAccount', { name: 'default', ...metadata }, fields);
    const recovered = { labels: { 'velero.io/restore-name': 'r', 'velero.io/backup-name': 'b' } };
    for (const bare of [account(), account(recovered), account({}, { imagePullSecrets: [] })]) {
      expect(makerOf(bare)).toEqual({ name: 'serviceaccount-controller' });
    }
    for (const changed of [
      account({ name: 'web' }),
      account({ labels: { tier: 'front' } }),
      account({ annotations: { 'eks.amazonaws.com/role-arn': 'x' } }),
      account({}, { imagePullSecrets: [{ name: 'registry' }] }),
      account({}, { secrets: [{ name: 'payment' }] }),
      account({}, { automountServiceAccountToken: false }),
    ]) {
      expect(makerOf(changed)).toBeUndefined();
    }
  });
});

test('Velero’s own snapshots of volumes are its, those of a team are not', () => {
  const snapshot = (labels: Record<string, string>): MadeObject =>
    objectOf('snapshot.storage.k8s.io/v1/VolumeSnapshot', { labels });
  expect(makerOf(snapshot({ 'velero.io/backup-name': 'b' }))).toEqual({ name: 'velero' });
  expect(makerOf(snapshot({}))).toBeUndefined();
  expect(makerOf(snapshot({ 'velero.io/backup-name': 'b', 'velero.io/restore-name': 'r' }))).toBeUndefined();
});
