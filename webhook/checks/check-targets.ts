import type { Problem } from '../../api/recover-error.ts';
import type { PolicyView } from '../state/views.ts';
import type { Check, Facts, PlannedTarget } from './check.ts';
import { fitsAny } from './name-pattern.ts';
import { isProtectedNamespace } from './protected-namespaces.ts';

const taken = (message: string, mend: string): Problem[] => [{ code: 'NamespaceTaken', message, mend }];

const mapElsewhere = ({ source }: PlannedTarget, group: string): string =>
  `recover into another name: --map ${source}=${group}-${source}`;

/** Whether a policy lets this absent namespace be made for a group. */
const letsBeMade = (policy: PolicyView, target: PlannedTarget, groupName: string): boolean => {
  const { sameName, groupPrefix, names } = policy.spec.newNamespaces;
  if (sameName && target.name === target.source) return true;
  if (groupPrefix && target.name.startsWith(`${groupName}-`)) return true;
  return fitsAny(target.name, names ?? []);
};

const absentProblems = (target: PlannedTarget, { policies, chain }: Facts): Problem[] => {
  const groupName = chain.grant.group.name;
  const against = policies.filter(policy => !letsBeMade(policy, target, groupName));
  return against.map(policy => ({
    code: 'NewNamespaceNotAllowed',
    message: `namespace "${target.name}" does not exist, and policy "${policy.name}" does not let it be made`,
    mend: `choose a name that begins with "${groupName}-": --map ${target.source}=${groupName}-${target.source}; or an operator lets it be made, in spec.newNamespaces: kubectl edit recoverypolicy ${policy.name}`,
  }));
};

const targetProblems = async (target: PlannedTarget, facts: Facts): Promise<Problem[]> => {
  const { state, registration, chain } = facts;
  const group = chain.grant.group;
  if (isProtectedNamespace(target.name, state)) {
    return [
      {
        code: 'NamespaceProtected',
        message: `namespace "${target.name}" is protected: nobody may recover into it`,
        mend: mapElsewhere(target, group.name),
      },
    ];
  }
  const live = state.namespace(target.name);
  if (live === undefined) return absentProblems(target, facts);
  if (live.terminating)
    return taken(
      `namespace "${target.name}" is being deleted`,
      `wait until it is gone: kubectl wait --for=delete namespace/${target.name}; then try again`,
    );
  const claim = state.claim(live.uid);
  if (claim?.groupId === group.id) return [];
  if (claim !== undefined) {
    return taken(`namespace "${target.name}" is claimed by another group`, mapElsewhere(target, group.name));
  }
  if (live.reservedBy === registration.hash) return [];
  if (live.uid !== target.stampedUid) {
    const isOfHere = facts.owned?.stamp.cluster.id === state.self().cluster.id;
    const why = isOfHere
      ? "was made anew since the point was taken, so it is not the group's any more"
      : "is there already, and is not the group's";
    return taken(
      `namespace "${target.name}" ${why}`,
      `an owner who is its admin links it to the group: kubectl recover group claim ${group.name}; or ${mapElsewhere(target, group.name)}`,
    );
  }
  if (await state.isNamespaceAdmin(registration.requester, target.name)) return [];
  return taken(
    `namespace "${target.name}" is claimed by no group, and "${registration.requester.username}" is not its admin`,
    `its admin binds the ClusterRole admin: kubectl create rolebinding NAME --clusterrole=admin --user=${registration.requester.username} -n ${target.name}; or ${mapElsewhere(target, group.name)}`,
  );
};

/** Check `targets`: each target namespace is the group's own, or absent and may be made. */
export const checkTargets: Check = {
  name: 'targets',
  judge: async facts => {
    if (facts.targets === undefined) return undefined;
    const problems = await Promise.all(facts.targets.map(target => targetProblems(target, facts)));
    return problems.flat();
  },
};
