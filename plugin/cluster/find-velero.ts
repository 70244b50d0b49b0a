import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from './connect.ts';
import { DEPLOYMENTS } from './deployments.ts';

interface GroupList {
  readonly groups: readonly { readonly name: string }[];
}

const missing = (context: string, what: string): RecoverError =>
  new RecoverError({
    code: 'VeleroMissing',
    message: `cluster "${context}" ${what}`,
    mend: 'install Velero first (https://velero.io), then run the command again',
  });

/**
 * The Velero installations of a cluster: Deployments named `velero`, as `velero install` and its chart make them.
 * @throws RecoverError `VeleroMissing`
 */
export const findVelero = async (access: ClusterAccess): Promise<readonly VeleroInstallation[]> => {
  const { groups } = await access.call(client => client.read<GroupList>('/apis'));
  if (!groups.some(({ name }) => name === 'velero.io'))
    throw missing(access.context, 'does not serve the API of Velero');
  const all = await access.call(client => client.listAll(DEPLOYMENTS));
  const found = all
    .filter(({ metadata }) => metadata.name === 'velero')
    .map(({ metadata, spec }) => ({
      namespace: metadata.namespace ?? '',
      serviceAccount: spec.template.spec.serviceAccountName ?? 'default',
    }));
  if (found.length === 0) throw missing(access.context, 'has the API of Velero, but no Deployment "velero"');
  return found;
};
