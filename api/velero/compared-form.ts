import type { KubeObject } from '../kinds/object-meta.ts';
import { type Fields, isFields, JOB_UID_LABELS, ownSpec, without } from './own-spec.ts';

/** Labels and annotations that Kubernetes, its controllers and Velero write, each with where it is written. */
const SET_BY_OTHERS: readonly RegExp[] = [
  /^velero\.io\//, // pkg/apis/velero/v1/labels_annotations.go
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/, // kubectl apply; the fields themselves are compared
  /^deployment\.kubernetes\.io\//, // pkg/controller/deployment/util
  /^pv\.kubernetes\.io\//, // pkg/controller/volume/persistentvolume
  /^volume\.(beta\.)?kubernetes\.io\//,
  /^control-plane\.alpha\.kubernetes\.io\/leader$/,
  /^endpoints\.kubernetes\.io\/last-change-trigger-time$/, // pkg/controller/endpoint
];

const isOwn = (name: string): boolean => !SET_BY_OTHERS.some(pattern => pattern.test(name));

const ownEntries = (value: unknown): Fields =>
  isFields(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => isOwn(name))) : {};

/** Subjects of the binding's own namespace, which Velero maps together with it (rolebinding_action.go). */
const ownSubjects = (subjects: unknown, namespace: string | undefined): unknown =>
  Array.isArray(subjects)
    ? subjects.map(subject =>
        isFields(subject) && subject['namespace'] === namespace ? without(subject, 'namespace') : subject,
      )
    : subjects;

/** Tokens that the cluster made for a ServiceAccount; Velero takes them out as well (service_account_action.go). */
const ownSecrets = (secrets: unknown, account: string): unknown =>
  Array.isArray(secrets)
    ? secrets.filter(secret => !(isFields(secret) && String(secret['name']).startsWith(`${account}-token-`)))
    : secrets;

/** Fields beside metadata, spec and status, as far as they are the object's own. */
const ownFields = ({ apiVersion, kind, metadata }: KubeObject, fields: Fields): Fields => {
  switch (`${apiVersion}/${kind}`) {
    case 'v1/ServiceAccount': {
      const secrets = ownSecrets(fields['secrets'], metadata.name);
      return Array.isArray(secrets) && secrets.length > 0 ? { ...fields, secrets } : without(fields, 'secrets');
    }
    case 'rbac.authorization.k8s.io/v1/RoleBinding':
      return { ...fields, subjects: ownSubjects(fields['subjects'], metadata.namespace) ?? [] };
    default:
      return fields;
  }
};

/**
 * What of an object says whether a recovery would change it: Velero resets all metadata but labels and annotations,
 * and the status (`resetMetadataAndStatus` in pkg/restore/restore.go); what the cluster sets is left out on both sides.
 * Nothing for a Secret: a digest of what is easily guessed tells what it is.
 */
export const comparedForm = (object: KubeObject): Fields | undefined => {
  if (object.kind === 'Secret') return undefined;
  const { metadata, spec, ...others } = object as KubeObject & Fields;
  return {
    ...ownFields(object, without(others, 'status')),
    ...(spec === undefined ? {} : { spec: ownSpec(object, spec) }),
    // A job without labels of its own is given those of its pods.
    labels: without(ownEntries(metadata.labels), ...(object.kind === 'Job' ? JOB_UID_LABELS : [])),
    annotations: ownEntries(metadata.annotations),
  };
};

/** The same without replicas; nothing of an object that has none. */
export const unscaledForm = (object: KubeObject): Fields | undefined => {
  const form = comparedForm(object);
  const spec = form?.['spec'];
  return isFields(spec) && spec['replicas'] !== undefined ? { ...form, spec: without(spec, 'replicas') } : undefined;
};
