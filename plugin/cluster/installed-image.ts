import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import type { ClusterAccess } from './connect.ts';
import { DEPLOYMENTS } from './deployments.ts';

/** The image that the catalogue of a cluster runs from; absent where none is installed, or runs elsewhere. */
export const installedImage = async (access: ClusterAccess): Promise<string | undefined> => {
  const at = { namespace: CATALOGUE_NAMESPACE, name: 'catalogue' };
  const found = await access.call(client => client.find(DEPLOYMENTS, at));
  return found?.spec.template.spec.containers?.[0]?.image;
};
