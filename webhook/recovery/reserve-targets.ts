import type { Stored } from '../../api/kinds/object-meta.ts';
import type { RecoveryTarget } from '../../api/kinds/recovery.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { CORE, type Namespace } from '../../api/kubernetes/core-types.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { claimNamespace } from '../cluster/claim-namespace.ts';

export interface Reservation {
  readonly client: KubeClient;
  /** Hash of the Recovery's name: the value of the mark. */
  readonly hash: string;
  readonly groupId: string;
  readonly group: { readonly namespace: string; readonly name: string };
  readonly targets: readonly RecoveryTarget[];
  /** What namespaces that are made carry beside the mark. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the Recovery with this hash still runs. */
  readonly isRunning: (hash: string) => boolean;
}

export type ReservationOutcome =
  | { readonly outcome: 'reserved'; readonly targets: readonly (RecoveryTarget & { readonly uid: string })[] }
  /** Another recovery runs into one of the targets; it has to end first. */
  | { readonly outcome: 'busy'; readonly namespace: string };

const taken = (name: string): RecoverError =>
  new RecoverError({
    code: 'NamespaceTaken',
    message: `namespace "${name}" was taken by somebody else before it could be reserved`,
    mend: 'recover again into another name with --map',
  });

const makeNamespace = async ({ client, hash, labels }: Reservation, name: string): Promise<Stored<Namespace>> => {
  const namespace: Namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { ...labels, [LABELS.recovering]: hash },
      annotations: { [ANNOTATIONS.reservedBy]: hash },
    },
  };
  try {
    return await client.create(CORE.namespaces, namespace);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await client.get(CORE.namespaces, { name });
    if (existing.metadata.annotations?.[ANNOTATIONS.reservedBy] !== hash) throw taken(name);
    return existing;
  }
};

const claim = async ({ client, groupId, group }: Reservation, namespace: Stored<Namespace>): Promise<void> => {
  const { uid, name } = namespace.metadata;
  const { spec } = await claimNamespace(client, uid, { namespace: name, groupID: groupId, group });
  if (spec.groupID !== groupId) throw taken(name);
};

/** Sets the mark on a namespace as read a moment ago; `undefined` if another recovery runs there. */
const mark = async (reservation: Reservation, namespace: Stored<Namespace>): Promise<Stored<Namespace> | undefined> => {
  const { client, hash, isRunning } = reservation;
  const { name, resourceVersion, labels } = namespace.metadata;
  const present = labels?.[LABELS.recovering];
  if (present === hash) return namespace;
  if (present !== undefined && isRunning(present)) return undefined;
  return client.mergePatch(
    CORE.namespaces,
    { name },
    { metadata: { resourceVersion, labels: { [LABELS.recovering]: hash } } },
  );
};

const reserveOne = async (
  reservation: Reservation,
  target: RecoveryTarget,
): Promise<(RecoveryTarget & { readonly uid: string }) | undefined> => {
  const { client } = reservation;
  const existing = target.reserved
    ? await makeNamespace(reservation, target.name)
    : await client.get(CORE.namespaces, { name: target.name });
  // One that another recovery gave back is on its way out; after that the name is free.
  if (existing.metadata.deletionTimestamp !== undefined) return undefined;
  if (target.reserved) await claim(reservation, existing);
  else if (existing.metadata.uid !== target.uid) throw taken(target.name);
  const marked = await mark(reservation, existing);
  return marked && { ...target, uid: marked.metadata.uid };
};

/**
 * Makes and claims each absent target and sets the mark on all, so that nobody else can come by the name between
 * the check and the restore. One after another in the order of names: two recoveries that share targets cannot wait
 * for each other.
 * @throws RecoverError `NamespaceTaken`
 */
export const reserveTargets = async (reservation: Reservation): Promise<ReservationOutcome> => {
  const inOrder = [...reservation.targets].sort((a, b) => (a.name < b.name ? -1 : 1));
  const reserved: (RecoveryTarget & { readonly uid: string })[] = [];
  for (const target of inOrder) {
    const done = await reserveOne(reservation, target);
    if (done === undefined) return { outcome: 'busy', namespace: target.name };
    reserved.push(done);
  }
  return { outcome: 'reserved', targets: reserved };
};

/** Takes the mark off again wherever this recovery has set it, written down or not. */
export const releaseTargets = async (client: KubeClient, hash: string): Promise<void> => {
  const marked = await client.listAll(CORE.namespaces, { labelSelector: `${LABELS.recovering}=${hash}` });
  for (const { metadata } of marked) {
    const { name, resourceVersion, deletionTimestamp } = metadata;
    // In a namespace that ends nobody creates anything.
    if (deletionTimestamp !== undefined) continue;
    await client.mergePatch(
      CORE.namespaces,
      { name },
      { metadata: { resourceVersion, labels: { [LABELS.recovering]: null } } },
    );
  }
};
