import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { ApiError, isConflict } from '../../api/kubernetes/api-error.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { ResourceType } from '../../api/kubernetes/resource-type.ts';
import { LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import type { Io } from '../io.ts';
import type { ClusterAccess } from './connect.ts';
import { objectName } from './object-name.ts';
import { poll } from './poll.ts';
import { servedResources, typeIn } from './served-types.ts';
import { shellWord } from './shell-word.ts';

/**
 * The walls go first, so that nothing is refused any more of what follows; then what runs; the kinds, and with them
 * every object of ours; last the namespaces and rights.
 */
const STAGES = [
  [
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingAdmissionPolicy',
  ],
  ['Deployment', 'PodDisruptionBudget', 'Service'],
  ['CustomResourceDefinition'],
  ['ClusterRoleBinding', 'ClusterRole', 'RoleBinding', 'Role', 'ServiceAccount', 'Namespace'],
] as const;

/** These are gone once everything in them is. */
const WAITED_FOR: readonly string[] = ['CustomResourceDefinition', 'Namespace'];

const GONE_MS = 120_000;

/** An object of the installation that is in the cluster. */
export interface Installed {
  readonly type: ResourceType<KubeObject>;
  readonly object: Stored<KubeObject>;
}

/** What there is of an installation in a cluster, in the order in which it is taken away; our objects go with kinds. */
export const findInstallation = async (access: ClusterAccess): Promise<readonly Installed[]> => {
  const objects = renderManifests({ mode: 'Audit', velero: [] });
  const ordered = STAGES.flatMap(kinds => kinds.flatMap(kind => objects.filter(object => object.kind === kind)));
  const versions = [...new Set(ordered.map(({ apiVersion }) => apiVersion))];
  const served = new Map(
    await Promise.all(versions.map(async version => [version, await servedResources(access, version)] as const)),
  );
  const found: Installed[] = [];
  for (const { apiVersion, kind, metadata } of ordered) {
    const resources = served.get(apiVersion);
    const type = resources && typeIn(resources, { apiVersion, kind });
    if (type === undefined) continue;
    const object = await access.call(client => client.find(type, metadata));
    if (object !== undefined) found.push({ type, object });
  }
  return found;
};

export interface RemoveOptions {
  readonly dryRun: boolean;
  readonly onDone: (what: string) => void;
}

/** A policy that was deleted refuses for some seconds more, in each API server. */
const WALLS_MS = 30_000;

const isOfPassing = (error: unknown): error is RecoverError =>
  error instanceof RecoverError &&
  (error.code === 'CatalogueOnly' || (error.cause instanceof ApiError && isConflict(error.cause)));

/** Changes what the walls protected, again and again until they are gone for good; `change` reads anew each time. */
const onceWallsAreGone = async (io: Io, change: () => Promise<void>): Promise<void> => {
  let refusal: RecoverError | undefined;
  await poll<true>(
    io,
    async () => {
      try {
        await change();
        return true;
      } catch (error) {
        if (!isOfPassing(error)) throw error;
        refusal = error;
        return undefined;
      }
    },
    {
      timeoutMs: WALLS_MS,
      onTimeout: () => refusal ?? new RecoverError({ code: 'Timeout', message: 'the walls are not gone' }),
    },
  );
};

/** Velero could not end a Restore that is deleted while it carries our finalizer and nobody is there to take it off. */
const releaseRestores = async (access: ClusterAccess, io: Io, { dryRun, onDone }: RemoveOptions): Promise<void> => {
  const { resources } = await servedResources(access, 'velero.io/v1');
  if (!resources.some(({ name }) => name === 'restores')) return;
  const release = async (at: { readonly name: string; readonly namespace?: string | undefined }): Promise<void> => {
    const restore = await access.call(client => client.find(VELERO.restores, at));
    const { resourceVersion, finalizers = [] } = restore?.metadata ?? {};
    if (!finalizers.includes(RESTORE_FINALIZER)) return;
    const metadata = { resourceVersion, finalizers: finalizers.filter(each => each !== RESTORE_FINALIZER) };
    await access.call(client => client.mergePatch(VELERO.restores, at, { metadata }));
  };
  for (const restore of await access.call(client => client.listAll(VELERO.restores))) {
    const { name, namespace, finalizers = [] } = restore.metadata;
    if (!finalizers.includes(RESTORE_FINALIZER)) continue;
    if (!dryRun) await onceWallsAreGone(io, () => release({ name, namespace }));
    onDone(`${objectName(restore)} released`);
  }
};

/** The marks of recoveries that run: with nobody to follow them they would stay for ever. */
const takeMarksOff = async (access: ClusterAccess, io: Io, { dryRun, onDone }: RemoveOptions): Promise<void> => {
  const metadata = { labels: { [LABELS.recovering]: null } };
  const marked = await access.call(client => client.listAll(CORE.namespaces, { labelSelector: LABELS.recovering }));
  for (const namespace of marked) {
    const { name } = namespace.metadata;
    const unmark = async () =>
      void (await access.call(client => client.mergePatch(CORE.namespaces, { name }, { metadata })));
    if (!dryRun) await onceWallsAreGone(io, unmark);
    onDone(`${objectName(namespace)} unmarked`);
  }
};

const waitUntilGone = ({ type, object }: Installed, access: ClusterAccess, io: Io): Promise<true> => {
  const { name, namespace, uid } = object.metadata;
  return poll<true>(
    io,
    async () => {
      const live = await access.call(client => client.find(type, { name, namespace }));
      return live?.metadata.uid === uid ? undefined : true;
    },
    {
      timeoutMs: GONE_MS,
      onTimeout: () =>
        new RecoverError({
          code: 'Timeout',
          message: `${objectName(object)} is still being deleted in cluster "${access.context}"`,
          mend: `see what holds it: kubectl get ${type.plural} ${name} -o yaml --context ${shellWord(access.context)}; then run the command again`,
        }),
    },
  );
};

/**
 * Takes an installation away, stage by stage; what is gone already is passed over, so that it can be run again.
 * @throws RecoverError `Timeout` if something does not go
 */
export const removeInstallation = async (
  access: ClusterAccess,
  found: readonly Installed[],
  io: Io,
  options: RemoveOptions,
): Promise<void> => {
  const { dryRun, onDone } = options;
  for (const [index, kinds] of STAGES.entries()) {
    const stage = found.filter(({ object }) => kinds.some(kind => kind === object.kind));
    for (const { type, object } of stage) {
      const { name, namespace, uid } = object.metadata;
      await access.call(client => client.remove(type, { name, namespace }, { uid, dryRun }));
      onDone(`${objectName(object)} deleted`);
    }
    const isOfWalls = index === 0;
    if (isOfWalls) await releaseRestores(access, io, options);
    if (isOfWalls) await takeMarksOff(access, io, options);
    if (dryRun) continue;
    for (const each of stage) if (WAITED_FOR.includes(each.object.kind)) await waitUntilGone(each, access, io);
  }
};
