import { digestOf } from '../../api/digest.ts';
import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { Problem } from '../../api/recover-error.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import { isProtectedNamespace } from '../checks/protected-namespaces.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { NamespaceView } from '../state/views.ts';
import type { Decision, PlacedProblem } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

const adminProblem = (requester: Requester, namespace: string): Problem => ({
  code: 'NamespaceAdminRequired',
  message: `"${requester.username}" is not admin of namespace "${namespace}" (may not create rolebindings there)`,
  mend: 'ask an admin of that namespace to register the group, or to give you the ClusterRole admin there',
});

/** Why this requester has no say over this namespace for this group, be it put in or taken out. */
const rightProblems = async (
  group: { readonly namespace: string; readonly name: string },
  live: NamespaceView,
  requester: Requester,
  state: ClusterState,
): Promise<Problem[]> => {
  const { name } = live;
  const isServiceAccount = requester.username.startsWith('system:serviceaccount:');
  if (isServiceAccount && name !== group.namespace && live.group !== `${group.namespace}/${group.name}`) {
    return [
      {
        code: 'NamespaceAdminRequired',
        message: `namespace "${name}" does not say that a pipeline may register it for group "${group.namespace}/${group.name}"`,
        mend: `its admin runs: kubectl annotate namespace ${name} kubectl-recover.io/group=${group.namespace}/${group.name}`,
      },
    ];
  }
  return (await state.isNamespaceAdmin(requester, name)) ? [] : [adminProblem(requester, name)];
};

/** Why this requester may not put this namespace into this group. */
export const namespaceProblems = async (
  group: { readonly namespace: string; readonly name: string },
  name: string,
  requester: Requester,
  state: ClusterState,
): Promise<Problem[]> => {
  if (isProtectedNamespace(name, state)) {
    return [{ code: 'NamespaceProtected', message: `namespace "${name}" is protected: no group may hold it` }];
  }
  const live = state.namespace(name);
  if (live === undefined) {
    return [
      {
        code: 'NamespaceNotFound',
        message: `namespace "${name}" does not exist`,
        mend: 'make it first; a group holds namespaces that exist',
      },
    ];
  }
  return rightProblems(group, live, requester, state);
};

const claimProblems = (name: string, groupId: string | undefined, state: ClusterState): Problem[] => {
  const live = state.namespace(name);
  const claim = live && state.claim(live.uid);
  // A claim whose group is gone is a tombstone; the controller decides whether the new group inherits it.
  if (claim === undefined || claim.groupId === groupId || state.group(claim.groupId) === undefined) return [];
  return [
    {
      code: 'NamespaceClaimed',
      message: `namespace "${name}" is claimed by another group`,
      mend: 'a namespace belongs to one group at most; leave it out',
    },
  ];
};

/** Owners that no schema can tell: a User that is really a ServiceAccount would be an owner in every cluster. */
const ownerProblems = (group: ApplicationGroup): PlacedProblem[] =>
  group.spec.owners
    .filter(({ name }) => name.startsWith('system:'))
    .map(({ name }) => ({
      field: 'spec.owners',
      code: 'OwnerNotAllowed',
      message: `"${name}" cannot own a group`,
      mend: 'name people or their groups; a ServiceAccount is named with kind ServiceAccount and its namespace',
    }));

/**
 * Of a namespace that is gone nobody is admin, and who made one of its name anew is admin of that one only. What its
 * points hold stays with the owners, so none but they say who is one.
 */
const lossProblems = (
  old: ApplicationGroup,
  next: ApplicationGroup,
  user: Requester,
  state: ClusterState,
): Problem[] => {
  if (digestOf(old.spec.owners) === digestOf(next.spec.owners)) return [];
  if (judgeOwnership(user, old.spec.owners, undefined) === 'owner') return [];
  const lost = (old.status?.namespaces ?? []).filter(({ name, uid }) => state.namespace(name)?.uid !== uid);
  return lost.map(({ name }) => ({
    code: 'NotOwner',
    message: `namespace "${name}" of the group was deleted, and "${user.username}" is none of the owners of what its points hold`,
    mend: 'an owner of the group changes the owners, or recovers the namespace first',
  }));
};

/**
 * Judges who writes an ApplicationGroup: a change of its namespaces or owners takes an admin of every namespace, old
 * and new; else an editor of one namespace could make himself owner of all.
 */
export const validateGroup = async (request: AdmissionRequest, state: ClusterState): Promise<Decision> => {
  const group = request.object as unknown as ApplicationGroup;
  const old = request.operation === 'UPDATE' ? (request.oldObject as unknown as ApplicationGroup) : undefined;
  const rights = ({ namespaces, owners }: ApplicationGroup['spec']) => digestOf({ namespaces, owners });
  if (old !== undefined && rights(old.spec) === rights(group.spec)) return { kind: 'allow' };
  const named = {
    namespace: request.namespace ?? '',
    name: group.metadata.name,
    ...(old?.status?.groupID === undefined ? {} : { id: old.status.groupID }),
  };
  const problems = await Promise.all(
    group.spec.namespaces.map(async name => [
      ...(await namespaceProblems(named, name, request.userInfo, state)),
      ...claimProblems(name, named.id, state),
    ]),
  );
  // A namespace that is protected by now, or another group's, can still be taken out: that is how it is mended.
  const removed = (old?.spec.namespaces ?? []).filter(name => !group.spec.namespaces.includes(name));
  const removals = await Promise.all(
    removed.map(async name => {
      const live = state.namespace(name);
      return live === undefined ? [] : rightProblems(named, live, request.userInfo, state);
    }),
  );
  const all = [
    ...ownerProblems(group),
    ...(old === undefined ? [] : lossProblems(old, group, request.userInfo, state)).map(
      (problem): PlacedProblem => ({ ...problem, field: 'spec.owners' }),
    ),
    ...[...problems, ...removals].flat().map((problem): PlacedProblem => ({ ...problem, field: 'spec.namespaces' })),
  ];
  if (all.length === 0) return { kind: 'allow' };
  return { kind: 'refuse', summary: `application group "${named.name}" cannot be registered so`, problems: all };
};
