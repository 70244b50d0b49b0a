import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { CATALOGUE_NAMESPACE } from '../../api/names.ts';
import type { ClusterAccess } from './connect.ts';

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image?: string }[] } };
  };
}

const deployments = resourceType<Deployment>('apps/v1', 'Deployment', 'deployments', true);

/** The image that the catalogue of a cluster runs from; absent where none is installed, or runs elsewhere. */
export const installedImage = async (access: ClusterAccess): Promise<string | undefined> => {
  const found = await access.call(client =>
    client.find(deployments, { namespace: CATALOGUE_NAMESPACE, name: 'catalogue' }),
  );
  return found?.spec.template.spec.containers[0]?.image;
};
