import type { RestoreChoice } from '../kinds/recovery.ts';
import { API_GROUP } from '../names.ts';
import type { RestoreSpec } from './velero-types.ts';

/**
 * Kinds that Velero itself never restores (`nonRestorableResources` in pkg/controller/restore_controller.go).
 * They are written beforehand, since Velero would add them while the Restore is New and so change the spec.
 */
const NON_RESTORABLE = [
  'nodes',
  'events',
  'events.events.k8s.io',
  'backups.velero.io',
  'restores.velero.io',
  'resticrepositories.velero.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'backuprepositories.velero.io',
];

/** What Velero waits for plugin operations unless told (restore_controller.go, `defaultItemOperationTimeout`). */
const ITEM_OPERATION_TIMEOUT = '4h0m0s';

/** One resource that an API server serves, from discovery. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** `resource.group`, or the bare resource of the core group, as Velero writes them. */
export const resourceName = (resource: Pick<ServedResource, 'group' | 'plural'>): string =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;

const isNeverRestored = (resource: ServedResource): boolean => {
  if (resource.group === 'velero.io' || resource.group === API_GROUP) return true;
  if (resource.namespaced) return false;
  // A bound PVC is provisioned anew only when its volume may come along.
  return !(resource.group === '' && resource.plural === 'persistentvolumes');
};

/**
 * Names that no Recovery ever restores: every cluster-scoped resource but `persistentvolumes`, all of Velero's and
 * of ours, and what Velero excludes itself. Sorted, so that the same cluster gives the same spec.
 */
export const neverRestored = (served: readonly ServedResource[]): string[] => {
  const names = served.filter(isNeverRestored).map(resourceName);
  return [...new Set([...NON_RESTORABLE, ...names])].sort();
};

export interface RestoreSpecInput {
  readonly choice: RestoreChoice;
  readonly backupName: string;
  /** Namespaces of the point that are recovered. */
  readonly sourceNamespaces: readonly string[];
  /** See {@link neverRestored}. */
  readonly neverRestored: readonly string[];
}

/**
 * The spec of the Velero Restore that a Recovery causes. It is computed here and nowhere else, from explicit
 * namespaces, with what Velero would default filled in; a field that is not set here is never set.
 * `includeClusterResources` stays unset: `false` would leave bound PVCs Pending for ever.
 */
export const restoreSpec = ({ choice, backupName, sourceNamespaces, neverRestored }: RestoreSpecInput): RestoreSpec => {
  const mapping = Object.entries(choice.namespaceMapping ?? {}).filter(([from, to]) => from !== to);
  return {
    backupName,
    includedNamespaces: [...sourceNamespaces].sort(),
    ...(choice.includedResources ? { includedResources: [...choice.includedResources].sort() } : {}),
    excludedResources: [...new Set([...neverRestored, ...(choice.excludedResources ?? [])])].sort(),
    ...(mapping.length > 0 ? { namespaceMapping: Object.fromEntries(mapping) } : {}),
    ...(choice.labelSelector ? { labelSelector: { matchLabels: choice.labelSelector.matchLabels } } : {}),
    restorePVs: choice.volumes === 'Restore',
    existingResourcePolicy: choice.existingResources === 'Update' ? 'update' : 'none',
    itemOperationTimeout: ITEM_OPERATION_TIMEOUT,
  };
};
