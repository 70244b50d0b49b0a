import type { KubeObject } from '../kinds/object-meta.ts';
import { resourceType } from '../kubernetes/resource-type.ts';

/** Velero's objects (pkg/apis/velero/v1 of v1.18), with the fields we read or write. */

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly LabelRequirement[] | null;
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

/** What a Backup selects; `BackupSpec` in backup_types.go. */
export interface BackupSelection {
  readonly includedNamespaces?: readonly string[] | null;
  readonly excludedNamespaces?: readonly string[] | null;
  readonly includedResources?: readonly string[] | null;
  readonly excludedResources?: readonly string[] | null;
  readonly includedClusterScopedResources?: readonly string[] | null;
  readonly excludedClusterScopedResources?: readonly string[] | null;
  readonly includedNamespaceScopedResources?: readonly string[] | null;
  readonly excludedNamespaceScopedResources?: readonly string[] | null;
  readonly includeClusterResources?: boolean | null;
  readonly labelSelector?: LabelSelector | null;
  readonly orLabelSelectors?: readonly (LabelSelector | null)[] | null;
}

export interface BackupSpec extends BackupSelection {
  readonly storageLocation?: string;
  readonly ttl?: string;
}

export interface BackupStatus {
  readonly phase?: string;
  readonly startTimestamp?: string | null;
  readonly completionTimestamp?: string | null;
  readonly expiration?: string | null;
  readonly errors?: number;
  readonly warnings?: number;
}

export interface Backup extends KubeObject {
  readonly spec: BackupSpec;
  readonly status?: BackupStatus;
}

export interface BackupStorageLocation extends KubeObject {
  readonly spec?: { readonly accessMode?: string; readonly validationFrequency?: string };
  readonly status?: { readonly phase?: string; readonly message?: string; readonly lastValidationTime?: string };
}

/** The part of Velero's `RestoreSpec` (restore_types.go) that a Recovery ever sets. */
export interface RestoreSpec {
  readonly backupName: string;
  readonly includedNamespaces: readonly string[];
  readonly includedResources?: readonly string[];
  readonly excludedResources: readonly string[];
  readonly namespaceMapping?: Readonly<Record<string, string>>;
  readonly labelSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly restorePVs: boolean;
  readonly existingResourcePolicy: 'none' | 'update';
  readonly itemOperationTimeout: string;
}

export interface RestoreStatus {
  readonly phase?: string;
  readonly validationErrors?: readonly string[];
  readonly failureReason?: string;
  readonly warnings?: number;
  readonly errors?: number;
  readonly completionTimestamp?: string | null;
  readonly progress?: { readonly totalItems?: number; readonly itemsRestored?: number };
}

export interface Restore extends KubeObject {
  readonly spec: RestoreSpec;
  readonly status?: RestoreStatus;
}

/** Movement of the data of one volume into the cluster: what both kinds of it have in common. */
export interface VolumeMovement extends KubeObject {
  /** Bytes; Velero 1.18 writes it before anything has moved (pod_volume_restore_type.go, data_download_types.go). */
  readonly spec: { readonly snapshotSize?: number };
  readonly status?: {
    readonly phase?: string;
    readonly progress?: { readonly totalBytes?: number; readonly bytesDone?: number };
  };
}

export interface DownloadRequest extends KubeObject {
  readonly spec: { readonly target: { readonly kind: string; readonly name: string } };
  readonly status?: { readonly phase?: string; readonly downloadURL?: string };
}

const VELERO_V1 = 'velero.io/v1';

export const VELERO = {
  backups: resourceType<Backup>(VELERO_V1, 'Backup', 'backups', true),
  backupStorageLocations: resourceType<BackupStorageLocation>(
    VELERO_V1,
    'BackupStorageLocation',
    'backupstoragelocations',
    true,
  ),
  restores: resourceType<Restore>(VELERO_V1, 'Restore', 'restores', true),
  downloadRequests: resourceType<DownloadRequest>(VELERO_V1, 'DownloadRequest', 'downloadrequests', true),
  podVolumeRestores: resourceType<VolumeMovement>(VELERO_V1, 'PodVolumeRestore', 'podvolumerestores', true),
  dataDownloads: resourceType<VolumeMovement>('velero.io/v2alpha1', 'DataDownload', 'datadownloads', true),
} as const;

/** Velero puts it on each object that it makes for a Restore (pkg/apis/velero/v1/labels_annotations.go). */
export const RESTORE_UID_LABEL = 'velero.io/restore-uid';

/** Phases in which Velero does nothing more with a Restore (restore_types.go). */
export const TERMINAL_RESTORE_PHASES: ReadonlySet<string> = new Set([
  'FailedValidation',
  'Completed',
  'PartiallyFailed',
  'Failed',
]);
