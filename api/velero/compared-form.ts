import type { KubeObject } from '../kinds/object-meta.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const without = (value: unknown, names: readonly string[]): Fields =>
  isFields(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : {};

/** Labels and annotations that Kubernetes, its controllers and Velero write, each with where it is written. */
const SET_BY_OTHERS: readonly RegExp[] = [
  /^velero\.io\//, // pkg/apis/velero/v1/labels_annotations.go
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/, // kubectl apply; the fields themselves are compared
  /^deployment\.kubernetes\.io\//, // pkg/controller/deployment/util
  /^pv\.kubernetes\.io\//, // pkg/controller/volume/persistentvolume
  /^volume\.(beta\.)?kubernetes\.io\//,
  /^control-plane\.alpha\.kubernetes\.io\/leader$/,
];

const ownEntries = (value: unknown): Fields =>
  isFields(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !SET_BY_OTHERS.some(pattern => pattern.test(name))))
    : {};

/** Fields of a spec that the cluster allocates, which a recovery allocates anew. */
const ALLOCATED: Readonly<Record<string, readonly string[]>> = {
  Service: ['clusterIP', 'clusterIPs', 'healthCheckNodePort'],
  PersistentVolumeClaim: ['volumeName'],
  Pod: ['nodeName'],
};

const withoutNodePorts = (spec: Fields): Fields =>
  Array.isArray(spec['ports']) ? { ...spec, ports: spec['ports'].map(port => without(port, ['nodePort'])) } : spec;

const specOf = (kind: string, spec: unknown): unknown => {
  if (!isFields(spec)) return spec;
  const own = without(spec, ALLOCATED[kind] ?? []);
  return kind === 'Service' ? withoutNodePorts(own) : own;
};

/**
 * What of an object says whether a recovery would change it: Velero resets all metadata but labels and annotations,
 * and the status (`resetMetadataAndStatus` in pkg/restore/restore.go); what the cluster sets is left out on both sides.
 * Nothing for a Secret: a digest of what is easily guessed tells what it is.
 */
export const comparedForm = (object: KubeObject): Fields | undefined => {
  if (object.kind === 'Secret') return undefined;
  const { metadata, ...rest } = object as KubeObject & Fields;
  const { spec, ...others } = without(rest, ['status', ...(object.kind === 'ServiceAccount' ? ['secrets'] : [])]);
  return {
    ...others,
    ...(spec === undefined ? {} : { spec: specOf(object.kind, spec) }),
    labels: ownEntries(metadata.labels),
    annotations: ownEntries(metadata.annotations),
  };
};
