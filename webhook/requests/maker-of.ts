import type { Maker } from '../../api/kinds/access-request.ts';
import type { ObjectMeta } from '../../api/kinds/object-meta.ts';

/** An object of a Backup, as far as it tells what makes it. */
export interface MadeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & {
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly secrets?: readonly unknown[];
  readonly imagePullSecrets?: readonly unknown[];
  readonly automountServiceAccountToken?: boolean;
}

/**
 * Kinds that only say how far a controller is. Others that have one are not among them, whatever their owner: a claim
 * has data, a Secret a password, and a job that a CronJob started runs once more when Velero brings it back.
 */
const DERIVED: ReadonlySet<string> = new Set([
  'v1/Pod',
  'apps/v1/ReplicaSet',
  'apps/v1/ControllerRevision',
  'discovery.k8s.io/v1/EndpointSlice',
]);

const controllerOf = ({ metadata }: MadeObject): Maker | undefined => {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner && { type: `${owner.apiVersion}/${owner.kind}`, name: owner.name };
};

/** Slices that Velero restored have lost their owner, but not the labels by which their controller finds them. */
const SLICE_MAKERS: ReadonlyMap<string | undefined, string> = new Map([
  ['endpointslice-controller.k8s.io', 'v1/Service'],
  ['endpointslicemirroring-controller.k8s.io', 'v1/Endpoints'],
]);

const labelledMaker = ({ labels = {} }: ObjectMeta): Maker | undefined => {
  const type = SLICE_MAKERS.get(labels['endpointslice.kubernetes.io/managed-by']);
  const name = labels['kubernetes.io/service-name'];
  return type === undefined || name === undefined ? undefined : { type, name };
};

/** ConfigMaps that a controller puts into every namespace, and puts right when they differ. */
const IN_EVERY_NAMESPACE: ReadonlyMap<string, Maker> = new Map([
  ['kube-root-ca.crt', { name: 'root-ca-certificate-publisher-controller' }],
  ['openshift-service-ca.crt', { name: 'service-ca-operator' }],
]);

const isEmpty = (fields: object | undefined): boolean => Object.keys(fields ?? {}).length === 0;

/** A ServiceAccount as every namespace has it; Velero would only add to it what the Backup’s has beside. */
const isBareAccount = ({ metadata, secrets, imagePullSecrets, automountServiceAccountToken }: MadeObject): boolean =>
  metadata.name === 'default' &&
  isEmpty(metadata.annotations) &&
  Object.keys(metadata.labels ?? {}).every(label => label.startsWith('velero.io/')) &&
  isEmpty(secrets) &&
  isEmpty(imagePullSecrets) &&
  automountServiceAccountToken === undefined;

/** Velero’s own snapshot of a volume, which it restores under a name of its own making (csi/volumesnapshot_action.go). */
const isVeleroSnapshot = ({ labels = {} }: ObjectMeta): boolean =>
  labels['velero.io/backup-name'] !== undefined && labels['velero.io/restore-name'] === undefined;

/** What makes an object anew whether or not a recovery brings it back. Undefined where nothing is sure to. */
export const makerOf = (object: MadeObject): Maker | undefined => {
  const type = `${object.apiVersion}/${object.kind}`;
  if (DERIVED.has(type)) return controllerOf(object) ?? labelledMaker(object.metadata);
  switch (type) {
    case 'v1/ConfigMap':
      return IN_EVERY_NAMESPACE.get(object.metadata.name);
    case 'v1/ServiceAccount':
      return isBareAccount(object) ? { name: 'serviceaccount-controller' } : undefined;
    case 'snapshot.storage.k8s.io/v1/VolumeSnapshot':
      return isVeleroSnapshot(object.metadata) ? { name: 'velero' } : undefined;
    default:
      return undefined;
  }
};
