import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { type ResourceType, resourceType } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import type { ClusterAccess } from './connect.ts';
import { poll } from './poll.ts';

export interface ApplyOptions {
  readonly dryRun: boolean;
  readonly onApplied: (object: KubeObject) => void;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** A new CustomResourceDefinition is served within a second or two. */
const SERVED_MS = 30_000;

const readGroup = async (access: ClusterAccess, apiVersion: string): Promise<ResourceList> => {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    return await access.call(client => client.read<ResourceList>(path));
  } catch (error) {
    // A group whose CRD was applied a moment ago is not served yet.
    if (error instanceof RecoverError && (error.code === 'NotFound' || error.code === 'CatalogueMissing')) {
      return { resources: [] };
    }
    throw error;
  }
};

/** Finds the resource of a kind in what the API server serves, waiting a while for one that is new. */
const typeOf = (access: ClusterAccess, { apiVersion, kind }: KubeObject, io: Io): Promise<ResourceType<KubeObject>> =>
  poll(
    io,
    async () => {
      const { resources } = await readGroup(access, apiVersion);
      const found = resources.find(resource => resource.kind === kind && !resource.name.includes('/'));
      return found && resourceType<KubeObject>(apiVersion, kind, found.name, found.namespaced);
    },
    {
      timeoutMs: SERVED_MS,
      onTimeout: () =>
        new RecoverError({
          code: 'InternalError',
          message: `cluster "${access.context}" does not serve ${kind} of ${apiVersion}`,
          mend: 'Kubernetes 1.30 or newer is needed; else look at the CustomResourceDefinition',
        }),
    },
  );

/** Applies objects one after another by server-side apply; running it again brings them to the same state. */
export const applyObjects = async (
  access: ClusterAccess,
  objects: readonly KubeObject[],
  io: Io,
  { dryRun, onApplied }: ApplyOptions,
): Promise<void> => {
  const types = new Map<string, ResourceType<KubeObject>>();
  for (const object of objects) {
    const key = `${object.apiVersion}/${object.kind}`;
    const type = types.get(key) ?? (await typeOf(access, object, io));
    types.set(key, type);
    await access.call(client => client.apply(type, object, { fieldManager: 'kubectl-recover-install', dryRun }));
    onApplied(object);
  }
};
