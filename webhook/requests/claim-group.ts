import type { ClaimAnswer } from '../../api/kinds/access-request.ts';
import type { ApplicationGroup, ApplicationGroupSpec } from '../../api/kinds/application-group.ts';
import type { NamespaceClaim } from '../../api/kinds/namespace-claim.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { homeClusterOf } from '../checks/lineage.ts';
import { judgeOwnership, ownersHere } from '../checks/ownership.ts';
import { isProtectedNamespace } from '../checks/protected-namespaces.ts';
import { claimNamespace } from '../cluster/claim-namespace.ts';
import { isAnothers } from '../controllers/owned-when-stamped.ts';
import { registerGroup } from '../controllers/register-group.ts';
import { registeredAs } from '../controllers/registered-as.ts';
import type { Logger } from '../observability/logger.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView, GroupView, NamespaceView } from '../state/views.ts';
import { isOwnedBy, newestOf } from './find-former-group.ts';
import type { FormerGroup } from './former-groups.ts';
import { isMeant } from './owned-groups.ts';

export interface ClaimTools {
  readonly client: KubeClient;
  readonly state: ClusterState;
  /** Every group that a trusted stamp here names, by its newest one. */
  readonly formerGroups: () => Promise<readonly FormerGroup[]>;
  readonly backupsOf: (groupId: string) => readonly BackupView[];
  readonly log: Logger;
  readonly clock: () => number;
}

export interface ClaimRequest {
  /** The group as typed: its name, its namespace and name, or its ID. */
  readonly group: string | undefined;
  readonly requester: Requester;
  /** When it was asked for, RFC 3339; the same for every replica that does it. */
  readonly time: string;
  readonly dryRun: boolean;
}

const refused = (problem: Problem): RecoverError => new RecoverError(problem);

const noClaim = ({ requester, group }: ClaimRequest): RecoverError =>
  refused({
    code: 'NotOwner',
    message: `"${requester.username}" is no owner of a group ${group === undefined ? '' : `"${group}" `}by its newest backup in this cluster`,
    mend: 'who owned the group when it was last backed up claims it: kubectl recover group claim GROUP; and can then make others owners, in spec.owners: kubectl edit applicationgroup NAME -n NAMESPACE',
  });

const checkPerson = ({ requester }: ClaimRequest): void => {
  if (!requester.username.startsWith('system:')) return;
  throw refused({
    code: 'NotOwner',
    message: `"${requester.username}" cannot claim a group: a pipeline that makes namespaces anew does not know what they held`,
    mend: 'an owner of the group, who is a person, runs: kubectl recover group claim GROUP',
  });
};

/** A group that the requester owned when it was last backed up; by its ID, if there were several of its name. */
const chosen = async (request: ClaimRequest, { state, formerGroups }: ClaimTools): Promise<FormerGroup> => {
  const owned = newestOf(await formerGroups(), state)
    .filter(each => isMeant(each.group, request.group))
    .filter(each => isOwnedBy(each, request.requester, state));
  const living = owned.flatMap(({ group }) => state.group(group.id) ?? []);
  const former = owned.filter(({ group }) => state.group(group.id) === undefined);
  const isLiving = ({ group }: FormerGroup, which: readonly GroupView[]) => which.some(({ id }) => id === group.id);
  const unwell = living.filter(({ ready, activeElsewhere }) => !ready || activeElsewhere !== undefined);
  // One that was claimed stays so; what a pipeline made in between does not take its place.
  const stays = living.filter(({ registered }) => registered);
  const wanting = [...former, ...owned.filter(each => isLiving(each, unwell))];
  const candidates = stays.length > 0 ? owned.filter(each => isLiving(each, stays)) : wanting;
  const [only, ...others] = candidates.length > 0 ? candidates : owned;
  if (only === undefined) throw noClaim(request);
  if (others.length === 0) return only;
  const ids = [only, ...others].map(({ group, stamp }) => `${group.id} (last backed up ${stamp.startTime})`);
  throw refused({
    code: 'GroupAmbiguous',
    message: `"${request.requester.username}" owned several groups of that name: ${ids.join(', ')}`,
    mend: 'name one by its ID: kubectl recover group claim ID',
  });
};

interface Claimed {
  readonly former: FormerGroup;
  /** The registration as it is now, under this ID or another one. */
  readonly object: Stored<ApplicationGroup> | undefined;
  readonly home: { readonly namespace: string; readonly name: string };
  readonly spec: ApplicationGroupSpec;
  readonly namespaces: readonly NamespaceView[];
}

const specOf = ({ group, cluster }: FormerGroup, state: ClusterState): ApplicationGroupSpec => ({
  namespaces: group.namespaces.map(([name]) => name),
  owners: ownersHere(group.owners, state.peer(cluster.id), cluster.id === state.self().cluster.id),
  ...(group.destinations === undefined ? {} : { destinations: group.destinations }),
});

/** What is claimed: the namespaces of the registration that is there, or those of the newest stamp. */
const settle = async (former: FormerGroup, { requester }: ClaimRequest, tools: ClaimTools): Promise<Claimed> => {
  const { client, state } = tools;
  const living = state.group(former.group.id);
  const { namespace, name } = living ?? former.group;
  const home = { namespace, name };
  const object = await client.find(OWN.applicationGroups, home);
  if (object !== undefined && judgeOwnership(requester, object.spec.owners, undefined) !== 'owner') {
    throw refused({
      code: 'NotOwner',
      message: `"${requester.username}" is no owner of the application group "${namespace}/${name}" that is registered now`,
      mend: `an owner of it, or the pipeline that made it, adds the user to spec.owners: kubectl edit applicationgroup ${name} -n ${namespace}`,
    });
  }
  const spec = object?.spec ?? specOf(former, state);
  const namespaces = spec.namespaces.flatMap(each => state.namespace(each) ?? []);
  if (!namespaces.some(each => each.name === namespace)) {
    throw refused({
      code: 'NamespaceNotFound',
      message: `namespace "${namespace}" does not exist, so there is nothing to claim`,
      mend: `recover it: kubectl recover ${name}; a namespace that was recovered is the group's`,
    });
  }
  return { former, object, home, spec, namespaces };
};

const takeOut = (namespace: string, { home, object }: Claimed): string =>
  object === undefined
    ? `recover the group without it, into another name: kubectl recover ${home.name} --map ${namespace}=NEW`
    : `an owner takes it out of spec.namespaces: kubectl edit applicationgroup ${home.name} -n ${home.namespace}`;

/**
 * The requester is admin of the namespace, so may know which group says that it holds it. A claim of a group that is
 * gone is inherited by who registers a group with its namespaces, under whichever name.
 */
const claimedByOther = (
  namespace: string,
  { group, groupID }: NamespaceClaim['spec'],
  { home, spec }: Claimed,
  state: ClusterState,
): Problem => ({
  code: 'NamespaceClaimed',
  message: `namespace "${namespace}" is claimed by group "${group.namespace}/${group.name}"`,
  mend:
    state.group(groupID) === undefined
      ? `that one is gone; register yours in its place, then claim again: kubectl recover group create ${home.name} -n ${home.namespace} --namespaces ${spec.namespaces.join(',')} --owner user:NAME`
      : `an owner of that one takes it out of spec.namespaces, or deletes it: kubectl edit applicationgroup ${group.name} -n ${group.namespace}; then claim again`,
});

/** Why a namespace cannot be the group's; what is said of none is done for all. */
const namespaceProblem = async (
  namespace: NamespaceView,
  claimed: Claimed,
  { requester }: ClaimRequest,
  tools: ClaimTools,
): Promise<Problem[]> => {
  const { former, object } = claimed;
  const { client, state } = tools;
  const { name, uid } = namespace;
  if (isProtectedNamespace(name, state)) {
    return [
      {
        code: 'NamespaceProtected',
        message: `namespace "${name}" is protected: no group may hold it`,
        mend: `${takeOut(name, claimed)}; or an operator has it protected no more, in spec.protectedNamespaces: kubectl edit recoverypolicies`,
      },
    ];
  }
  if (namespace.terminating) {
    return [
      {
        code: 'NamespaceNotFound',
        message: `namespace "${name}" is being deleted`,
        mend: `wait until it is gone: kubectl wait --for=delete namespace/${name}; then recover it: kubectl recover ${former.group.name}`,
      },
    ];
  }
  if (!(await state.isNamespaceAdmin(requester, name))) {
    return [
      {
        code: 'NamespaceAdminRequired',
        message: `"${requester.username}" is not admin of namespace "${name}", which was made anew (may not create rolebindings there)`,
        mend: `who made it binds the ClusterRole admin: kubectl create rolebinding NAME --clusterrole=admin --user=${requester.username} -n ${name}; then: kubectl recover group claim ${former.group.name}`,
      },
    ];
  }
  const claim = await client.find(OWN.namespaceClaims, { name: uid });
  if (claim?.spec.groupID === former.group.id) return [];
  if (await isAnothers(requester, former.group.id, namespace, tools)) {
    return [
      {
        code: 'NotOwner',
        message: `"${requester.username}" did not own the group when namespace "${name}" was last backed up with it`,
        mend: `who owned it then runs: kubectl recover group claim ${former.group.name}`,
      },
    ];
  }
  const isOurs = claim === undefined || claim.spec.groupID === object?.status?.groupID;
  return isOurs ? [] : [claimedByOther(name, claim.spec, claimed, state)];
};

/** Links a namespace to the group. */
const link = async ({ name, uid }: NamespaceView, claimed: Claimed, { client, state }: ClaimTools): Promise<void> => {
  const { former, home, object } = claimed;
  const groupID = former.group.id;
  const { metadata, spec } = await claimNamespace(client, uid, { namespace: name, groupID, group: home });
  if (spec.groupID === groupID) return;
  if (spec.groupID !== object?.status?.groupID) throw refused(claimedByOther(name, spec, claimed, state));
  const { resourceVersion } = metadata;
  await client.mergePatch(
    OWN.namespaceClaims,
    { name: uid },
    { metadata: { resourceVersion }, spec: { groupID, group: home } },
  );
};

/** Since when the copy here is the active one: from now, if it was not, as the owner says that it is. */
const activeSince = (
  { former, object }: Claimed,
  { time }: ClaimRequest,
  { state }: ClaimTools,
): string | undefined => {
  const { id, activeSince: stamped } = former.group;
  const self = state.self().cluster.id;
  const living = state.group(id);
  const present = living?.activeSince ?? (object && registeredAs(object)?.activeSince);
  if (living?.activeElsewhere !== undefined) return time;
  if (homeClusterOf(id) !== self) return present ?? time;
  return living === undefined && former.cluster.id !== self ? time : (present ?? stamped);
};

/**
 * Links namespaces that were made anew to the group that they held, and says that its active copy is here: on the word
 * of a person who owned it when it was last backed up and is admin of each of them now. Safe to repeat.
 * @throws RecoverError `NotOwner`, `GroupAmbiguous`, `NamespaceAdminRequired`, `NamespaceNotFound`, `NamespaceClaimed`
 */
export const claimGroup = async (request: ClaimRequest, tools: ClaimTools): Promise<ClaimAnswer> => {
  checkPerson(request);
  const claimed = await settle(await chosen(request, tools), request, tools);
  const problems = await Promise.all(
    claimed.namespaces.map(namespace => namespaceProblem(namespace, claimed, request, tools)),
  );
  const [first] = problems.flat();
  if (first !== undefined) throw refused(first);
  const { former, home, spec, object, namespaces } = claimed;
  const answer = { id: former.group.id, ...home, namespaces: namespaces.map(({ name }) => name) };
  if (request.dryRun) return answer;
  for (const namespace of namespaces) await link(namespace, claimed, tools);
  const since = activeSince(claimed, request, tools);
  const replaces = object?.status?.groupID;
  const registered = await registerGroup(
    {
      ...{ groupID: former.group.id, home, spec, requester: request.requester },
      ...(since === undefined ? {} : { activeSince: since }),
      ...(replaces === undefined ? {} : { replaces }),
      ...(object === undefined ? {} : { judged: object.spec }),
    },
    tools,
  );
  if (registered !== undefined) return answer;
  // The object changed since it was looked at; the next attempt sees what it is now.
  throw new Error(`application group "${home.namespace}/${home.name}" changed while it was claimed`);
};
