import type { VeleroInstallation } from '../../api/kinds/cluster-identity.ts';
import { CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT, VERBS } from '../../api/names.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, warning } from './finding.ts';
import { GRANTS, type Grants, holdersOf, nameOfSubject, type Subject } from './granted-rights.ts';

/** Whom the walls know: Velero itself, and the catalogue. */
const isKnown =
  (velero: readonly VeleroInstallation[]) =>
  ({ kind, namespace, name }: Subject): boolean =>
    kind === 'ServiceAccount' &&
    ((namespace === CATALOGUE_NAMESPACE && name === CATALOGUE_SERVICE_ACCOUNT) ||
      velero.some(each => each.namespace === namespace && each.serviceAccount === name));

const listed = (subjects: readonly Subject[], shown = 5): string => {
  const more = subjects.length - shown;
  const first = subjects.slice(0, shown).map(nameOfSubject).join(', ');
  return more > 0 ? `${first}, ${more} more` : first;
};

/** In Velero's namespace each of these makes its holder Velero itself, which the walls let pass. */
const BEING_VELERO = [
  { verb: 'get', group: '', resource: 'secrets' },
  { verb: 'create', group: '', resource: 'pods' },
  { verb: 'create', group: '', resource: 'serviceaccounts/token' },
  { verb: 'impersonate', group: '', resource: 'serviceaccounts' },
] as const;

const judgeRestorers = (grants: Grants, { namespace }: VeleroInstallation, isOurs: (subject: Subject) => boolean) => {
  const onRestores = (verb: string) => ({ verb, group: 'velero.io', resource: 'restores' });
  const creators = holdersOf(grants, namespace, onRestores('create')).map(({ subject }) => subject);
  const others = creators.filter(subject => !isOurs(subject));
  const bypassers = new Set(
    holdersOf(grants, namespace, onRestores(VERBS.bypass)).map(({ subject }) => nameOfSubject(subject)),
  );
  const mayBypass = (subject: Subject): boolean =>
    subject.kind !== 'ServiceAccount' && bypassers.has(nameOfSubject(subject));
  const withReason = others.filter(mayBypass);
  const never = others.filter(subject => !mayBypass(subject));
  const parts = [
    ...(withReason.length === 0 ? [] : [`with a reason, by "bypass": ${listed(withReason)}`]),
    ...(never.length === 0 ? [] : [`never, in mode Enforce: ${listed(never)}`]),
  ];
  const who = `${counted(others.length, 'subject')} may by RBAC create a Restore in namespace "${namespace}"`;
  return ok(parts.length === 0 ? who : `${who}; past the checks ${parts.join('; ')}`);
};

const judgeInsiders = (
  grants: Grants,
  { namespace }: VeleroInstallation,
  isOurs: (subject: Subject) => boolean,
): Finding[] => {
  const insiders = new Map<string, string[]>();
  for (const right of BEING_VELERO) {
    for (const { subject, onlyThere } of holdersOf(grants, namespace, right)) {
      if (!onlyThere || isOurs(subject)) continue;
      const name = nameOfSubject(subject);
      insiders.set(name, [...(insiders.get(name) ?? []), `${right.verb} ${right.resource}`]);
    }
  }
  return [...insiders].map(([name, rights]) =>
    warning(
      `${name} may ${rights.join(', ')} in namespace "${namespace}", and so be Velero itself, whom the walls let pass`,
      `whoever runs the platform takes that away: see kubectl get rolebindings -n ${namespace} -o wide`,
    ),
  );
};

/** Who could create a Restore, and who could take Velero's place, as RBAC has it. */
export const judgeHolders = (grants: Grants, velero: readonly VeleroInstallation[]): Finding[] => {
  const isOurs = isKnown(velero);
  return velero.flatMap(installation => [
    judgeRestorers(grants, installation, isOurs),
    ...judgeInsiders(grants, installation, isOurs),
  ]);
};

export const restorers: Check = {
  name: 'restorers',
  examine: async cluster => {
    const [clusterRoles, roles, clusterRoleBindings, roleBindings, self] = await allInOrder([
      cluster.list(GRANTS.clusterRoles),
      cluster.list(GRANTS.roles),
      cluster.list(GRANTS.clusterRoleBindings),
      cluster.list(GRANTS.roleBindings),
      cluster.self(),
    ]);
    return judgeHolders({ clusterRoles, roles, clusterRoleBindings, roleBindings }, self?.spec.velero ?? []);
  },
};
