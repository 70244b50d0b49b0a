/** Every name that both sides of the contract, the manifests and the walls must spell alike. */

export const API_GROUP = 'kubectl-recover.io';
export const API_VERSION = 'v1alpha1';
export const GROUP_VERSION = `${API_GROUP}/${API_VERSION}`;

/** Namespace of the catalogue: its Secrets, its service account, its pods. */
export const CATALOGUE_NAMESPACE = 'kubectl-recover-system';
export const CATALOGUE_SERVICE_ACCOUNT = 'catalogue';
export const CATALOGUE_USERNAME = `system:serviceaccount:${CATALOGUE_NAMESPACE}:${CATALOGUE_SERVICE_ACCOUNT}`;

/** Namespace of AccessRequests, Recoveries and RecoveryApprovals: create and get for everyone, list for nobody. */
export const REQUESTS_NAMESPACE = 'kubectl-recover-requests';

/** Name of the ClusterIdentity in which a cluster describes itself; peers have other names. */
export const SELF_IDENTITY = 'self';

/** ConfigMap in the catalogue's namespace: who would have been refused in mode Enforce, and how often. */
export const WOULD_BE_REFUSED = 'kubectl-recover-would-be-refused';

/** Name of the shipped RecoveryPolicy. */
export const DEFAULT_POLICY = 'default';

export const ANNOTATIONS = {
  /** On a Velero Backup: the stamp, a JWS of the cluster that made the backup. */
  stamp: `${API_GROUP}/stamp`,
  /** On a Velero Backup, beside the stamp: what keys of its cluster say of the keys after them, JWS by JWS. */
  keySuccession: `${API_GROUP}/key-succession`,
  /** On a Velero Backup of this cluster: what an operator had the catalogue say of it later; it does not travel. */
  adoptedStamp: `${API_GROUP}/adopted-stamp`,
  /** On a Velero Restore: the recovery token. */
  recoveryToken: `${API_GROUP}/recovery-token`,
  /** On an ApplicationGroup: who last changed its spec, as JSON of a Requester; set by the webhook. */
  requester: `${API_GROUP}/requester`,
  /** On an ApplicationGroup: the ID that it has from elsewhere or from before; the catalogue's. */
  registeredAs: `${API_GROUP}/registered-as`,
  /** On a namespace: the group, as namespace/name, that a ServiceAccount may claim it for. */
  group: `${API_GROUP}/group`,
  /** On a Restore, or on a namespace: why the walls are passed by; needs the RBAC verb `bypass`. */
  bypassReason: `${API_GROUP}/bypass-reason`,
  /** On a Restore that was made by break-glass: the catalogue has told of it. */
  bypassReported: `${API_GROUP}/bypass-reported`,
  /** On a namespace that the catalogue made for a Recovery: hash of that Recovery's name. */
  reservedBy: `${API_GROUP}/reserved-by`,
  /** On a prepared Recovery, in its file: ID of the cluster that it was registered in. */
  registeredIn: `${API_GROUP}/registered-in`,
} as const;

export const LABELS = {
  /** The mark: on a target namespace while a Recovery runs there; its value is a hash of the Recovery's name. */
  recovering: `${API_GROUP}/recovering`,
  /** On a policy binding: which of the walls 1 to 4 it puts up; these follow the mode. */
  wall: `${API_GROUP}/wall`,
  /** On a Velero Restore: the same hash, so that operators can select by it. */
  recovery: `${API_GROUP}/recovery`,
} as const;

/** Holds a Restore's name for as long as its recovery token could be played again. */
export const RESTORE_FINALIZER = `${API_GROUP}/token-consumed`;

/** RBAC verbs of ours, asked for on `restores.velero.io`. */
export const VERBS = { bypass: 'bypass', operate: 'operate', stamp: 'stamp' } as const;

/** A name of 128 random bits in lower-case hex, as AccessRequests and Recoveries must have. */
export const RANDOM_NAME_PATTERN = '^[0-9a-f]{32}$';
