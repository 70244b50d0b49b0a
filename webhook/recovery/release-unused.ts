import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { ApiError, isConflict } from '../../api/kubernetes/api-error.ts';
import { CORE, type Namespace } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';

export interface UnusedOptions {
  readonly client: KubeClient;
  /** Hash of the name of a Recovery whose token no Restore was ever admitted with. */
  readonly hash: string;
  readonly clock: () => number;
}

/** In an older one somebody may have begun to work, in ways that we cannot see. */
const OLDEST_MS = 60 * 60 * 1000;

/** What runs, and what holds data; the rest of a namespace the catalogue has no right to see. */
const CONTENT = [
  resourceType<KubeObject>('v1', 'Pod', 'pods', true),
  resourceType<KubeObject>('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true),
  resourceType<KubeObject>('apps/v1', 'Deployment', 'deployments', true),
  resourceType<KubeObject>('apps/v1', 'StatefulSet', 'statefulsets', true),
  resourceType<KubeObject>('apps/v1', 'DaemonSet', 'daemonsets', true),
] as const;

const isEmpty = async (client: KubeClient, namespace: string): Promise<boolean> => {
  const pages = await Promise.all(CONTENT.map(type => client.list(type, { namespace, limit: 1 })));
  return pages.every(({ items }) => items.length === 0);
};

/** Only as it was read: whoever labels or annotates the namespace in between wants it. */
const removeAsRead = async ({ client }: UnusedOptions, { metadata }: Stored<Namespace>): Promise<boolean> => {
  const { name, uid, resourceVersion } = metadata;
  try {
    await client.remove(CORE.namespaces, { name }, { uid, resourceVersion });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    // The policy on releases, or somebody else's, wants it to stay.
    if (error instanceof ApiError && error.statusCode === 403) return false;
    throw error;
  }
};

/**
 * Gives back the names that were reserved for a recovery which never came to a Restore: deletes each namespace that was
 * made for it, still carries its mark and is empty, and then its claim. Returns the names of those that stay.
 */
export const releaseUnused = async (options: UnusedOptions): Promise<readonly string[]> => {
  const { client, hash, clock } = options;
  const marked = await client.listAll(CORE.namespaces, { labelSelector: `${LABELS.recovering}=${hash}` });
  const kept: string[] = [];
  for (const namespace of marked) {
    const { name, uid, annotations, creationTimestamp, deletionTimestamp } = namespace.metadata;
    if (annotations?.[ANNOTATIONS.reservedBy] !== hash) continue;
    const isYoung = clock() - Date.parse(creationTimestamp) < OLDEST_MS;
    const isGone =
      deletionTimestamp !== undefined ||
      (isYoung && (await isEmpty(client, name)) && (await removeAsRead(options, namespace)));
    if (isGone) await client.remove(OWN.namespaceClaims, { name: uid });
    else kept.push(name);
  }
  return kept;
};
