import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from './connect.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** What a cluster serves of one version of an API; nothing if it serves none. */
export const servedResources = async (access: ClusterAccess, apiVersion: string): Promise<ResourceList> => {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    return await access.call(client => client.read<ResourceList>(path));
  } catch (error) {
    // A group that is not served, or not yet, is no error of the request.
    if (error instanceof RecoverError && (error.code === 'NotFound' || error.code === 'CatalogueMissing')) {
      return { resources: [] };
    }
    throw error;
  }
};

/** The type behind `apiVersion` and `kind`, if the list has it. */
export const typeIn = (
  { resources }: ResourceList,
  { apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>,
): ResourceType<KubeObject> | undefined => {
  const found = resources.find(resource => resource.kind === kind && !resource.name.includes('/'));
  return found && resourceType<KubeObject>(apiVersion, kind, found.name, found.namespaced);
};
