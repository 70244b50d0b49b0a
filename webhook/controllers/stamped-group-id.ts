import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { isLater } from '../checks/lineage.ts';
import { claimNamespace } from '../cluster/claim-namespace.ts';
import { newestOf } from '../requests/find-former-group.ts';
import type { FormerGroup } from '../requests/former-groups.ts';
import type { ClaimView, NamespaceView } from '../state/views.ts';

export interface StampedIdInput {
  readonly client: KubeClient;
  readonly state: Parameters<typeof newestOf>[1] & {
    namespace(name: string): NamespaceView | undefined;
    allClaims(): readonly ClaimView[];
  };
  /** Every group that a trusted stamp here names, by its newest one. */
  readonly formerGroups: () => Promise<readonly FormerGroup[]>;
  /** Whether whoever registers the heir may put this namespace into it. */
  readonly mayHold: (namespace: string) => Promise<boolean>;
}

const uidsOf = ({ group }: FormerGroup): string[] => group.namespaces.map(([, uid]) => uid);

/** Whether a namespace of the one was backed up later as another group's: it changed hands in between. */
const isOvertaken = (one: FormerGroup, all: readonly FormerGroup[]): boolean => {
  const uids = new Set(uidsOf(one));
  return all.some(
    other =>
      other.group.id !== one.group.id &&
      isLater(other.stamp.startTime, one.stamp.startTime) &&
      uidsOf(other).some(uid => uids.has(uid)),
  );
};

/** Claims the namespaces for the heir; the first one is the lock of all, for every heir begins with it. */
const claimAll = async (heir: Stored<ApplicationGroup>, { group }: FormerGroup, client: KubeClient): Promise<void> => {
  const { namespace = '', name } = heir.metadata;
  for (const [held, uid] of [...group.namespaces].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { spec } = await claimNamespace(client, uid, {
      ...{ namespace: held, groupID: group.id },
      group: { namespace, name },
    });
    const isOurs = spec.groupID === group.id && spec.group.namespace === namespace && spec.group.name === name;
    if (!isOurs) throw new Error(`namespace "${held}" was claimed by another group a moment ago`);
  }
};

/**
 * The ID of a group that this cluster has stamped and that no claim tells of any more, as after the catalogue was
 * removed and installed anew: all namespaces of its newest stamp live, are the very same by UID, and are the heir's,
 * whose claims they are when this returns. Where one is missing, an owner's word is asked for: `group claim`.
 */
export const stampedGroupId = async (
  heir: Stored<ApplicationGroup>,
  { client, state, formerGroups, mayHold }: StampedIdInput,
): Promise<string | undefined> => {
  const self = state.self().cluster.id;
  const own = newestOf(await formerGroups(), state).filter(({ cluster }) => cluster.id === self);
  const isHeirs = ([name, uid]: readonly [string, string]): boolean =>
    heir.spec.namespaces.includes(name) && state.namespace(name)?.uid === uid;
  const [only, ...others] = own
    .filter(({ group }) => group.namespaces.every(isHeirs))
    .filter(({ group }) => state.group(group.id) === undefined)
    .filter(({ group }) => !state.allClaims().some(({ groupId }) => groupId === group.id))
    .filter(each => !isOvertaken(each, own));
  if (only === undefined || others.length > 0) return undefined;
  const allowed = await Promise.all(only.group.namespaces.map(([name]) => mayHold(name)));
  if (!allowed.every(Boolean)) return undefined;
  await claimAll(heir, only, client);
  return only.group.id;
};
