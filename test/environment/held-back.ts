import { recoveryHash } from '../../api/digest.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { neverRestored, restoreSpec, type ServedResource } from '../../api/velero/restore-spec.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { verdictOf } from './verdict.ts';

const NAME = 'hold-back';
const LABEL = 'test.example/of-the-test';

const policy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: NAME },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['velero.io'], apiVersions: ['*'], operations: ['CREATE'], resources: ['restores'] },
      ],
    },
    validations: [{ expression: `has(object.metadata.labels) && '${LABEL}' in object.metadata.labels` }],
  },
};
const binding = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: NAME },
  spec: { policyName: NAME, validationActions: ['Deny'] },
};

/**
 * Keeps the catalogue itself from creating Restores, so that its token stays unused for as long as a test plays with
 * it. Restores made by {@link boundRestore} carry the label that lets them pass.
 */
export const holdBackRestores = async (cluster: Cluster, catalogue: KubeClient): Promise<void> => {
  await cluster.apply(policy, binding);
  const probe = {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'probe', namespace: 'velero' },
    spec: {},
  } as Restore;
  await waitUntil(
    'Restores to be held back',
    async () => (await verdictOf(catalogue.create(VELERO.restores, probe, { dryRun: true }))).startsWith(NAME),
    { timeoutSeconds: 60 },
  );
};

export const letRestoresPass = async (cluster: Cluster): Promise<void> => {
  await cluster.kubectl('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', NAME);
};

/** The Restore that the catalogue would create for a Recovery with an issued token. */
export const boundRestore = (
  { metadata, spec, status }: Stored<Recovery>,
  served: readonly ServedResource[],
): Restore => {
  const { restoreRef, recoveryToken, point, targets } = status ?? {};
  if (!restoreRef || !recoveryToken || !point || !targets) throw new Error('no token was issued');
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: {
      ...restoreRef,
      annotations: { [ANNOTATIONS.recoveryToken]: recoveryToken },
      labels: { [LABELS.recovery]: recoveryHash(metadata.name), [LABEL]: 'yes' },
      finalizers: [RESTORE_FINALIZER],
    },
    spec: restoreSpec({
      choice: spec.restore,
      backupName: point.backup,
      sourceNamespaces: targets.map(({ source }) => source),
      neverRestored: neverRestored(served),
    }),
  };
};
