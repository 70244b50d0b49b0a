import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { Io } from '../io.ts';
import type { ClusterAccess } from './connect.ts';
import { poll } from './poll.ts';
import { servedResources, typeIn } from './served-types.ts';

export interface ApplyOptions {
  readonly dryRun: boolean;
  readonly onApplied: (object: KubeObject) => void;
}

/** A new CustomResourceDefinition is served within a second or two. */
const SERVED_MS = 30_000;

/** Finds the resource of a kind in what the API server serves, waiting a while for one that is new. */
const typeOf = (access: ClusterAccess, object: KubeObject, io: Io): Promise<ResourceType<KubeObject>> =>
  poll(io, async () => typeIn(await servedResources(access, object.apiVersion), object), {
    timeoutMs: SERVED_MS,
    onTimeout: () =>
      new RecoverError({
        code: 'InternalError',
        message: `cluster "${access.context}" does not serve ${object.kind} of ${object.apiVersion}`,
        mend: 'Kubernetes 1.30 or newer is needed; else look at the CustomResourceDefinition',
      }),
  });

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
