import { digestOf } from '../../api/digest.ts';
import type { PlannedObject } from '../../api/kinds/access-request.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { comparedForm, unscaledForm } from '../../api/velero/compared-form.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { servedResources, typeIn } from '../cluster/served-types.ts';

/** Digests of what is compared, and of that without replicas where there are some. */
export interface LiveDigests {
  readonly whole?: string;
  readonly unscaled?: string;
}

/** What is in a namespace now, of one type: digests by name, or why that cannot be told. */
export type LiveObjects =
  | { readonly kind: 'read'; readonly digests: ReadonlyMap<string, LiveDigests> }
  | { readonly kind: 'notServed' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A cluster as far as a plan needs to know it. */
export interface LiveCluster {
  /** The type of `apiVersion/Kind`, if it is served. */
  typeOf(type: string): ResourceType<KubeObject> | undefined;
  objectsOf(type: string, namespace: string): LiveObjects;
}

/** So many questions at a time: an API server queues what one user asks beyond that. */
const AT_ONCE = 8;

const inTurns = async <Task>(tasks: readonly Task[], run: (task: Task) => Promise<void>): Promise<void> => {
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await run(task);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

/** `apps/v1/Deployment` is `apps/v1` and `Deployment`, `v1/Pod` is `v1` and `Pod`. */
export const typeParts = (type: string): Pick<KubeObject, 'apiVersion' | 'kind'> => {
  const slash = type.lastIndexOf('/');
  return { apiVersion: type.slice(0, slash), kind: type.slice(slash + 1) };
};

const read = async (access: ClusterAccess, type: ResourceType<KubeObject>, namespace: string): Promise<LiveObjects> => {
  try {
    // A Secret is not compared, so nothing of it but its name needs to come here.
    const metadataOnly = type.kind === 'Secret' && type.group === '';
    const objects = await access.call(client => client.listAll(type, { namespace, metadataOnly }));
    const digests = objects.map((object): [string, LiveDigests] => {
      const [compared, unscaled] = [comparedForm(object), unscaledForm(object)];
      return [
        object.metadata.name,
        {
          ...(compared === undefined ? {} : { whole: digestOf(compared) }),
          ...(unscaled === undefined ? {} : { unscaled: digestOf(unscaled) }),
        },
      ];
    });
    return { kind: 'read', digests: new Map(digests) };
  } catch (error) {
    if (!(error instanceof RecoverError) || error.code !== 'Forbidden') throw error;
    return { kind: 'unreadable', why: `you may not list ${type.plural} in namespace "${namespace}"` };
  }
};

/**
 * Reads what is there now, with the user's own rights, of each type and target namespace of these objects. Namespaces
 * that are known to be absent are not asked for: without them the user has no rights in them either.
 */
export const readLiveCluster = async (
  access: ClusterAccess,
  objects: readonly Pick<PlannedObject, 'type' | 'namespace'>[],
  targetOf: (namespace: string) => string,
  absent: ReadonlySet<string>,
): Promise<LiveCluster> => {
  const types = new Map<string, ResourceType<KubeObject>>();
  const apiVersions = new Set(objects.map(({ type }) => typeParts(type).apiVersion));
  await inTurns([...apiVersions], async apiVersion => {
    const served = await servedResources(access, apiVersion);
    for (const { type } of objects) {
      const parts = typeParts(type);
      const found = parts.apiVersion === apiVersion ? typeIn(served, parts) : undefined;
      if (found !== undefined) types.set(type, found);
    }
  });
  const live = new Map<string, LiveObjects>();
  const places = new Map(objects.map(({ type, namespace }) => [`${type} ${targetOf(namespace)}`, { type, namespace }]));
  await inTurns([...places], async ([key, { type, namespace }]) => {
    const found = types.get(type);
    const target = targetOf(namespace);
    if (found === undefined) live.set(key, { kind: 'notServed' });
    else if (absent.has(target)) live.set(key, { kind: 'read', digests: new Map() });
    else live.set(key, await read(access, found, target));
  });
  return {
    typeOf: type => types.get(type),
    objectsOf: (type, namespace) => live.get(`${type} ${namespace}`) ?? { kind: 'notServed' },
  };
};
