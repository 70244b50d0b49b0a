/**
 * What we know of Velero, read from its CRDs and its controllers. Wall 2 lets Velero make the transitions between these
 * phases, and the spec of a Restore is computed with every one of these fields in mind: what a later Velero adds is
 * refused by the gate, but what it means nobody here has judged.
 */

/** Minor versions that the end-to-end tests run with. */
export const TESTED_VELERO: readonly string[] = ['1.18'];

export interface KnownKind {
  /** Fields of `spec`. */
  readonly fields: readonly string[];
  /** Values of `status.phase`. */
  readonly phases: readonly string[];
}

const RUNNING = ['InProgress', 'WaitingForPluginOperations', 'WaitingForPluginOperationsPartiallyFailed'];
const ENDING = ['Finalizing', 'FinalizingPartiallyFailed'];
const ENDED = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];

/** By the names of their CustomResourceDefinitions, as of v1.18 (config/crd/v1/bases). */
export const KNOWN_VELERO: Readonly<Record<'restores.velero.io' | 'backups.velero.io', KnownKind>> = {
  'restores.velero.io': {
    fields: [
      'backupName',
      'excludedNamespaces',
      'excludedResources',
      'existingResourcePolicy',
      'hooks',
      'includeClusterResources',
      'includedNamespaces',
      'includedResources',
      'itemOperationTimeout',
      'labelSelector',
      'namespaceMapping',
      'orLabelSelectors',
      'preserveNodePorts',
      'resourceModifier',
      'resourcePolicy',
      'restorePVs',
      'restoreStatus',
      'scheduleName',
      'uploaderConfig',
    ],
    phases: ['New', ...RUNNING, ...ENDING, ...ENDED],
  },
  'backups.velero.io': {
    fields: [
      'csiSnapshotTimeout',
      'datamover',
      'defaultVolumesToFsBackup',
      'defaultVolumesToRestic',
      'excludedClusterScopedResources',
      'excludedNamespaceScopedResources',
      'excludedNamespaces',
      'excludedResources',
      'hooks',
      'includeClusterResources',
      'includedClusterScopedResources',
      'includedNamespaceScopedResources',
      'includedNamespaces',
      'includedResources',
      'itemOperationTimeout',
      'labelSelector',
      'metadata',
      'orLabelSelectors',
      'orderedResources',
      'resourcePolicy',
      'snapshotMoveData',
      'snapshotVolumes',
      'storageLocation',
      'ttl',
      'uploaderConfig',
      'volumeGroupSnapshotLabelKey',
      'volumeSnapshotLocations',
    ],
    phases: ['New', 'Queued', 'ReadyToStart', ...RUNNING, ...ENDING, ...ENDED, 'Deleting'],
  },
};
