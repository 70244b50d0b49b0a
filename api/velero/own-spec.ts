import type { KubeObject } from '../kinds/object-meta.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields but for some; of what is none, nothing. */
export const without = (value: unknown, ...names: readonly string[]): Fields =>
  isFields(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : {};

/** Changes a field where it is there, and leaves it out where nothing is left of it. */
const changed = (fields: Fields, name: string, change: (value: Fields) => Fields): Fields => {
  const value = fields[name];
  if (!isFields(value)) return fields;
  const own = change(value);
  return Object.keys(own).length > 0 ? { ...fields, [name]: own } : without(fields, name);
};

/** Changes each item of a list where it is there; an item that becomes nothing is left out. */
const changedItems = (fields: Fields, name: string, change: (item: Fields) => Fields | undefined): Fields => {
  const items = fields[name];
  if (!Array.isArray(items)) return fields;
  return { ...fields, [name]: items.flatMap(item => (isFields(item) ? (change(item) ?? []) : [item])) };
};

/** What kubectl apply was given last. */
const appliedPorts = ({ metadata }: KubeObject): readonly unknown[] => {
  try {
    const applied: unknown = JSON.parse(
      metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? '{}',
    );
    const spec = isFields(applied) ? applied['spec'] : undefined;
    const ports = isFields(spec) ? spec['ports'] : undefined;
    return Array.isArray(ports) ? ports : [];
  } catch {
    return [];
  }
};

/** Whether somebody wrote that field, and not the cluster, as server-side apply notes it. */
const isWritten = ({ metadata }: KubeObject, ...path: readonly string[]): boolean => {
  const { managedFields } = metadata as { readonly managedFields?: unknown };
  if (!Array.isArray(managedFields)) return false;
  return managedFields.some(entry => {
    const fields: unknown = isFields(entry) ? entry['fieldsV1'] : undefined;
    return path.reduce((at, name) => (isFields(at) ? at[name] : undefined), fields) !== undefined;
  });
};

/** Node ports that were not asked for, Velero has the cluster choose anew (`deleteNodePorts` in service_action.go). */
const isNodePortChosen = (service: KubeObject, { name, port, protocol, nodePort }: Fields): boolean =>
  appliedPorts(service).some(one => isFields(one) && one['name'] === name && one['nodePort'] === nodePort) ||
  isWritten(service, 'f:spec', 'f:ports', `k:{"port":${port},"protocol":"${protocol}"}`, 'f:nodePort');

/** Addresses are the cluster's to give; that a Service has none is for its team to say (service_action.go). */
const ownService = (spec: Fields, service: KubeObject): Fields => {
  const own = changedItems(without(spec, 'healthCheckNodePort'), 'ports', port =>
    isNodePortChosen(service, port) ? port : without(port, 'nodePort'),
  );
  return own['clusterIP'] === 'None' ? own : without(own, 'clusterIP', 'clusterIPs');
};

const isSnapshot = (source: unknown): boolean => isFields(source) && source['kind'] === 'VolumeSnapshot';

/** Not which volume it has, nor what Velero filled it from (csi/pvc_action.go). */
const ownClaim = (spec: Fields): Fields => {
  const isFilled = isSnapshot(spec['dataSource']) || isSnapshot(spec['dataSourceRef']);
  return changed(
    without(spec, 'volumeName', ...(isFilled ? ['dataSource', 'dataSourceRef'] : [])),
    'selector',
    selector => changed(selector, 'matchLabels', labels => without(labels, 'velero.io/dynamic-pv-restore')),
  );
};

/** Volumes that the API server mounts in every pod, under names of chance (plugin/pkg/admission/serviceaccount). */
const isTokenVolume = ({ name }: Fields, serviceAccount: unknown): boolean =>
  typeof name === 'string' &&
  (/^kube-api-access-[a-z0-9]{5}$/.test(name) || name.startsWith(`${serviceAccount}-token-`));

/** Not where it was placed, nor the proof of its ServiceAccount (pod_action.go). */
const ownPod = (spec: Fields): Fields => {
  const named = (item: Fields): Fields | undefined =>
    isTokenVolume(item, spec['serviceAccountName']) ? undefined : item;
  const unmounted = (container: Fields): Fields => changedItems(container, 'volumeMounts', named);
  const own = changedItems(without(spec, 'nodeName', 'priority'), 'volumes', named);
  return ['containers', 'initContainers'].reduce((pod, name) => changedItems(pod, name, unmounted), own);
};

/** Labels with a job's UID, by which it finds its pods (job_action.go). */
export const JOB_UID_LABELS: readonly string[] = ['controller-uid', 'batch.kubernetes.io/controller-uid'];

const ownJob = (spec: Fields): Fields => {
  const bare = (labels: Fields): Fields => without(labels, ...JOB_UID_LABELS);
  return changed(
    changed(spec, 'selector', selector => changed(selector, 'matchLabels', bare)),
    'template',
    template => changed(template, 'metadata', metadata => changed(metadata, 'labels', bare)),
  );
};

/** Who holds it changes every few seconds. */
const ownLease = (spec: Fields): Fields =>
  without(spec, 'holderIdentity', 'acquireTime', 'renewTime', 'leaseTransitions');

const OWN_SPECS: Readonly<Record<string, (spec: Fields, object: KubeObject) => Fields>> = {
  'v1/Service': ownService,
  'v1/PersistentVolumeClaim': ownClaim,
  'v1/Pod': ownPod,
  'batch/v1/Job': ownJob,
  'coordination.k8s.io/v1/Lease': ownLease,
};

/** A spec without what the cluster and Velero fill in, on which nobody decided. */
export const ownSpec = (object: KubeObject, spec: unknown): unknown => {
  const own = OWN_SPECS[`${object.apiVersion}/${object.kind}`];
  return own === undefined || !isFields(spec) ? spec : own(spec, object);
};
