import { digestOf } from '../../api/digest.ts';
import type { ApplicationGroup, ApplicationGroupStatus } from '../../api/kinds/application-group.ts';
import { withCondition } from '../../api/kinds/condition.ts';
import type { NamespaceRef } from '../../api/kinds/group-parts.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { type Requester, requesterSchema } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { parserOf } from '../../api/parse.ts';
import type { Problem } from '../../api/recover-error.ts';
import { namespaceProblems } from '../admission/validate-group.ts';
import { isLater } from '../checks/lineage.ts';
import { claimNamespace } from '../cluster/claim-namespace.ts';
import type { LiveClusterState } from '../cluster/live-cluster-state.ts';
import type { Logger } from '../observability/logger.ts';
import type { FormerGroup } from '../requests/former-groups.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView, ClaimView } from '../state/views.ts';
import { activeElsewhereCondition } from './active-elsewhere.ts';
import type { ReconcileResult } from './controller.ts';
import { inheritedGroupId } from './inherited-group-id.ts';
import { ownedWhenStamped } from './owned-when-stamped.ts';
import { registeredAs } from './registered-as.ts';
import { stampedGroupId } from './stamped-group-id.ts';

export interface GroupControllerOptions {
  readonly client: KubeClient;
  readonly state: ClusterState & Pick<LiveClusterState, 'allClaims'>;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
  /** Every group that a trusted stamp here names, by its newest one. */
  readonly formerGroups: () => Promise<readonly FormerGroup[]>;
  readonly log: Logger;
  readonly clock: () => number;
}

type Group = Stored<ApplicationGroup>;

const parseRequester = parserOf(requesterSchema, `annotation "${ANNOTATIONS.requester}"`);

const requesterOf = (group: Group): Requester | undefined => {
  const value = group.metadata.annotations?.[ANNOTATIONS.requester];
  return value === undefined ? undefined : parseRequester(JSON.parse(value));
};

/** What became of one namespace of a group's spec. */
type NamespaceOutcome =
  | { readonly kind: 'held'; readonly ref: NamespaceRef }
  /** Held once, and gone: it stays the group's, for recovery points hold it. */
  | { readonly kind: 'absent'; readonly ref: NamespaceRef; readonly problem: Problem }
  | { readonly kind: 'problem'; readonly problem: Problem };

const absent = (name: string, dead: ClaimView | undefined): NamespaceOutcome => {
  const message = `namespace "${name}" does not exist`;
  if (dead === undefined) {
    return { kind: 'problem', problem: { code: 'NamespaceNotFound', message, mend: 'make it, or take it out' } };
  }
  return {
    kind: 'absent',
    ref: { name, uid: dead.namespaceUid },
    problem: { code: 'NamespaceNotFound', message, mend: 'recover it with: kubectl recover GROUP' },
  };
};

/** Of two groups that name a namespace, one gets it. */
const takeNamespace = async (
  { client }: GroupControllerOptions,
  group: Group,
  groupId: string,
  ref: NamespaceRef,
): Promise<NamespaceOutcome> => {
  const { namespace = '', name } = group.metadata;
  const claim = await claimNamespace(client, ref.uid, {
    ...{ namespace: ref.name, groupID: groupId },
    group: { namespace, name },
  });
  return claim.spec.groupID === groupId ? { kind: 'held', ref } : claimedByOther(ref.name);
};

const claimedByOther = (name: string): NamespaceOutcome => ({
  kind: 'problem',
  problem: {
    code: 'NamespaceClaimed',
    message: `namespace "${name}" is claimed by another group`,
    mend: 'a namespace belongs to one group at most; take it out of spec.namespaces',
  },
});

/** Claims of this ID to a name whose namespaces are gone, or were made anew. */
const tombstones = ({ state }: GroupControllerOptions, groupId: string, name: string): ClaimView[] =>
  state
    .allClaims()
    .filter(claim => claim.groupId === groupId && claim.namespace === name)
    .filter(claim => claim.namespaceUid !== state.namespace(name)?.uid);

/**
 * The tombstone that is this group's own: of a namespace that it held itself or, if it continues a group that is gone
 * too, of one that whoever registered it owned.
 */
const ownTombstone = async (
  options: GroupControllerOptions,
  group: Group,
  dead: readonly ClaimView[],
): Promise<ClaimView | undefined> => {
  const held = new Set(group.status?.namespaces?.map(({ uid }) => uid));
  const own = dead.find(({ namespaceUid }) => held.has(namespaceUid));
  const requester = requesterOf(group);
  if (own !== undefined || requester === undefined) return own;
  for (const claim of dead) if (await ownedWhenStamped(requester, claim, options)) return claim;
  return undefined;
};

const notItsOwn = (name: string): NamespaceOutcome => ({
  kind: 'problem',
  problem: {
    code: 'NamespaceRecreated',
    message: `namespace "${name}" was deleted with the group that held it, and "${name}" was not yet this group's then`,
    mend: 'one who owned it when its newest point was taken applies the group; or take it out of spec.namespaces',
  },
});

const settleNamespace = async (
  options: GroupControllerOptions,
  group: Group,
  groupId: string,
  name: string,
): Promise<NamespaceOutcome> => {
  const { state } = options;
  const live = state.namespace(name);
  const claim = live && state.claim(live.uid);
  if (live !== undefined && claim?.groupId === groupId) return { kind: 'held', ref: { name, uid: live.uid } };
  if (claim !== undefined) return claimedByOther(name);
  const dead = tombstones(options, groupId, name);
  const own = await ownTombstone(options, group, dead);
  if (own === undefined && dead.length > 0) return notItsOwn(name);
  if (live === undefined) return absent(name, own);
  if (own !== undefined) {
    const message = `namespace "${name}" was deleted and made anew; recovery points hold the one before`;
    return {
      kind: 'absent',
      ref: { name, uid: own.namespaceUid },
      problem: {
        code: 'NamespaceRecreated',
        message,
        mend: `an owner who is its admin links it to the group: kubectl recover group claim ${group.metadata.name}; or recover into another name with --map ${name}=NEW`,
      },
    };
  }
  const requester = requesterOf(group);
  if (requester === undefined) {
    return {
      kind: 'problem',
      problem: { code: 'RequestInvalid', message: 'the group does not say who registered it' },
    };
  }
  const named = { namespace: group.metadata.namespace ?? '', name: group.metadata.name };
  const [problem] = await namespaceProblems(named, name, requester, state);
  return problem === undefined
    ? takeNamespace(options, group, groupId, { name, uid: live.uid })
    : { kind: 'problem', problem };
};

/**
 * A namespace that the group gave up is free for others; one that is gone keeps its claim as tombstone, and one that
 * the group was recovered into, beside those it names, stays its own.
 */
const releaseDropped = async ({ client, state, log }: GroupControllerOptions, group: Group, groupId: string) => {
  const { namespace, name } = group.metadata;
  const named = new Set((group.status?.namespaces ?? []).map(({ uid }) => uid));
  for (const claim of state.allClaims()) {
    if (!named.has(claim.namespaceUid)) continue;
    const isOurs = claim.groupId === groupId && claim.group.namespace === namespace && claim.group.name === name;
    const lives = state.namespace(claim.namespace)?.uid === claim.namespaceUid;
    if (!isOurs || !lives || group.spec.namespaces.includes(claim.namespace)) continue;
    await client.remove(OWN.namespaceClaims, { name: claim.namespaceUid });
    log.info({ namespace: claim.namespace, group: groupId }, 'namespace released by its group');
  }
};

/**
 * Tombstones of an inherited ID name the group that went before; they follow the one that lives. Of two heirs one
 * finds them taken, fails here and begins again.
 */
const takeOverClaims = async ({ client, state }: GroupControllerOptions, group: Group, groupId: string) => {
  const { namespace = '', name } = group.metadata;
  const isOurs = (holder: ClaimView['group']): boolean => holder.namespace === namespace && holder.name === name;
  for (const claim of state.allClaims()) {
    if (claim.groupId !== groupId || isOurs(claim.group)) continue;
    const { metadata, spec } = await client.get(OWN.namespaceClaims, { name: claim.namespaceUid });
    // Another replica is at the same work.
    if (isOurs(spec.group)) continue;
    const isAsSeen = spec.group.namespace === claim.group.namespace && spec.group.name === claim.group.name;
    if (!isAsSeen) throw new Error(`the claim of namespace "${claim.namespace}" was taken over a moment ago`);
    const { resourceVersion } = metadata;
    await client.mergePatch(
      OWN.namespaceClaims,
      { name: claim.namespaceUid },
      { metadata: { resourceVersion }, spec: { group: { namespace, name } } },
    );
  }
};

const pointsPart = async (
  { state, backupsOf }: GroupControllerOptions,
  groupId: string,
): Promise<Pick<ApplicationGroupStatus, 'points' | 'newestPoint'>> => {
  const { id } = state.self().cluster;
  const points: { name: string; time: string }[] = [];
  for (const backup of backupsOf(groupId)) {
    const verdict = await state.stampOf(backup);
    if (verdict.outcome !== 'valid' || verdict.issuer !== id) continue;
    points.push({ name: backup.name, time: verdict.claims.backup.startTime });
  }
  const [newest] = points.sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
  return { points: points.length, ...(newest === undefined ? {} : { newestPoint: newest }) };
};

interface GroupIdentity {
  readonly groupId: string;
  readonly activeSince: string | undefined;
  /** It continues a group that was, here or elsewhere, and whose claims are to follow it. */
  readonly isContinued: boolean;
}

/**
 * The ID of a group: what the catalogue registered it as, what it has, what it inherits, and else a new one. What was
 * registered counts from when its namespaces are held, as they are before anybody registers it.
 */
const identityOf = async (options: GroupControllerOptions, group: Group): Promise<GroupIdentity> => {
  const { state, client } = options;
  const present = group.status?.groupID;
  const registered = registeredAs(group);
  if (registered !== undefined) {
    const { groupID: groupId, activeSince } = registered;
    if (present !== groupId) {
      for (const name of group.spec.namespaces) {
        const uid = state.namespace(name)?.uid;
        const claim = uid && (await client.find(OWN.namespaceClaims, { name: uid }));
        if (!claim || claim.spec.groupID !== groupId)
          throw new Error(`namespace "${name}" is not held by ${groupId} yet`);
      }
    }
    return { groupId, activeSince, isContinued: present !== groupId };
  }
  if (present !== undefined) return { groupId: present, activeSince: group.status?.activeSince, isContinued: false };
  const inherited = (await inheritedGroupId(group, options)) ?? (await byStamp(options, group));
  if (inherited === undefined) {
    const groupId = `${state.self().cluster.id}/${group.metadata.uid}`;
    return { groupId, activeSince: undefined, isContinued: false };
  }
  return { groupId: inherited, activeSince: await lastActiveSince(options, inherited), isContinued: true };
};

/** The ID that the newest stamp gives it, where nothing but stamps is left of what was. */
const byStamp = async (
  { client, state, formerGroups }: GroupControllerOptions,
  group: Group,
): Promise<string | undefined> => {
  const requester = requesterOf(group);
  if (requester === undefined) return undefined;
  const named = { namespace: group.metadata.namespace ?? '', name: group.metadata.name };
  const mayHold = async (namespace: string) =>
    (await namespaceProblems(named, namespace, requester, state)).length === 0;
  return stampedGroupId(group, { client, state, formerGroups, mayHold });
};

/** Since when the copy here was the active one, by its own stamps, before its registration was made anew. */
const lastActiveSince = async ({ state, backupsOf }: GroupControllerOptions, groupId: string) => {
  const { id } = state.self().cluster;
  let last: string | undefined;
  for (const backup of backupsOf(groupId)) {
    const verdict = await state.stampOf(backup);
    if (verdict.outcome !== 'valid' || verdict.issuer !== id) continue;
    const since = verdict.claims.groups.find(group => group.id === groupId)?.activeSince;
    if (isLater(since, last)) last = since;
  }
  return last;
};

const sentence = ({ message, mend }: Problem): string => (mend === undefined ? message : `${message} — ${mend}`);

/** Claims the namespaces of an ApplicationGroup, settles its ID and tells in its status what came of it. */
export const reconcileGroup =
  (options: GroupControllerOptions) =>
  async (key: string): Promise<ReconcileResult> => {
    const { client, state, clock } = options;
    const [namespace, name = ''] = key.split('/');
    const group = await client.find(OWN.applicationGroups, { namespace, name });
    if (group === undefined || group.metadata.deletionTimestamp !== undefined) return {};
    const identity = await identityOf(options, group);
    const { groupId } = identity;
    if (identity.isContinued) await takeOverClaims(options, group, groupId);
    const outcomes: NamespaceOutcome[] = [];
    for (const each of group.spec.namespaces) outcomes.push(await settleNamespace(options, group, groupId, each));
    await releaseDropped(options, group, groupId);
    const problems = outcomes.flatMap(outcome => (outcome.kind === 'held' ? [] : [outcome.problem]));
    const [first] = problems;
    const generation = group.metadata.generation ?? 0;
    const { newestPoint: _, activeSince: __, ...before } = group.status ?? {};
    const { activeSince } = identity;
    const elsewhere = await activeElsewhereCondition({ groupId, activeSince }, options.backupsOf(groupId), state);
    const now = new Date(clock());
    const status: ApplicationGroupStatus = {
      ...before,
      groupID: groupId,
      ...(activeSince === undefined ? {} : { activeSince }),
      namespaces: outcomes.flatMap(outcome => (outcome.kind === 'problem' ? [] : [outcome.ref])),
      ...(await pointsPart(options, groupId)),
      observedGeneration: generation,
      conditions: withCondition(
        withCondition(group.status?.conditions, { ...elsewhere, observedGeneration: generation }, now),
        {
          type: 'Ready',
          status: first === undefined ? 'True' : 'False',
          reason: first?.code ?? 'Claimed',
          message: problems.map(sentence).join('; ').slice(0, 4096) || 'every namespace is held by the group',
          observedGeneration: generation,
        },
        now,
      ),
    };
    if (digestOf(status) !== digestOf(group.status ?? {})) {
      await client.replace(OWN.applicationGroups, { ...group, status }, { subresource: 'status' });
    }
    // Rights can change without any event that is followed here.
    return first === undefined ? {} : { againInMs: 30_000 };
  };
