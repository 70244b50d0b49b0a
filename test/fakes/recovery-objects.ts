import { recoveryName, restoreName } from '../../api/digest.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { GROUP_VERSION, REQUESTS_NAMESPACE, RESTORE_FINALIZER } from '../../api/names.ts';
import type { Restore } from '../../api/velero/velero-types.ts';

/** Name of the Recovery that registers the access token of the samples. */
export const RECOVERY_NAME = recoveryName('0123456789abcdef0123456789abcdef');

/** The Recovery of alice as the API server stores it. */
export const recoveryObject = (part: Partial<Pick<Recovery, 'spec' | 'status'>> = {}): Recovery => ({
  apiVersion: GROUP_VERSION,
  kind: 'Recovery',
  metadata: { name: RECOVERY_NAME, namespace: REQUESTS_NAMESPACE },
  spec: {
    requester: { username: 'alice' },
    accessToken: 'none',
    restore: { volumes: 'Restore', existingResources: 'Keep' },
  },
  ...part,
});

/** The Restore that the Recovery causes, with the UID of one attempt to create it. */
export const restoreObject = <Metadata extends Partial<Restore['metadata']>>(
  metadata: Metadata,
  spec: Partial<Restore['spec']> = {},
) => ({
  apiVersion: 'velero.io/v1',
  kind: 'Restore',
  metadata: {
    name: restoreName(RECOVERY_NAME),
    namespace: 'velero',
    finalizers: [RESTORE_FINALIZER],
    resourceVersion: '',
    creationTimestamp: '2026-03-02T12:00:00Z',
    ...metadata,
  },
  spec: {
    backupName: 'nightly-1',
    includedNamespaces: ['shop'],
    excludedResources: [],
    restorePVs: true,
    existingResourcePolicy: 'none' as const,
    itemOperationTimeout: '4h0m0s',
    ...spec,
  },
});
