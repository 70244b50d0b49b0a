import { API_GROUP, CATALOGUE_NAMESPACE, REQUESTS_NAMESPACE } from '../../api/names.ts';
import { shellWord } from './shell-word.ts';

/** What a user may not do, as the API server's authorizer words it. */
export interface LackingRight {
  readonly user: string;
  readonly verb: string;
  /** Absent: of a path. */
  readonly resource?: string;
  readonly group?: string;
  readonly namespace?: string;
  readonly path?: string;
}

/**
 * How it words it (apiserver/pkg/endpoints/handlers/responsewriters/errors.go); a refusal of an admission policy is
 * Forbidden too, but says something else.
 */
const REFUSAL =
  /^(?:.*: )?User "([^"]*)" cannot (\S+) (?:resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?|path "([^"]+)")/;

/** Undefined where a message says something else. */
export const parseLackingRight = (message: string): LackingRight | undefined => {
  const [, user, verb, resource, group, namespace, path] = REFUSAL.exec(message) ?? [];
  if (user === undefined || verb === undefined) return undefined;
  return {
    ...{ user, verb },
    ...(resource === undefined ? {} : { resource }),
    ...(group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(path === undefined ? {} : { path }),
  };
};

/** The ClusterRole of those who run the platform. */
export const OPERATOR_ROLE = 'kubectl-recover-operator';

/** The ClusterRole that a command takes which reads ClusterIdentities, and writes them unless it only shows what it would. */
export const writerRole = ({ dryRun }: { readonly dryRun: 'none' | 'client' | 'server' }): string | undefined =>
  dryRun === 'client' ? undefined : OPERATOR_ROLE;

const READS: readonly string[] = ['get', 'list', 'watch'];

/** ClusterRoles in which a right is, the smallest one first; `manifests/base/rbac-people.yaml` makes ours. */
export const rolesWith = ({ verb, resource = '', group, namespace }: LackingRight): readonly string[] => {
  const isRead = READS.includes(verb);
  if (group === 'velero.io') return [OPERATOR_ROLE];
  const readers = ['kubectl-recover-auditor', OPERATOR_ROLE];
  // What mode Enforce would have refused; no other ConfigMap is read there.
  if (verb === 'get' && resource === 'configmaps' && namespace === CATALOGUE_NAMESPACE) return readers;
  if (group !== API_GROUP) return ['cluster-admin'];
  // Who is admin of a namespace has the groups in it.
  if (resource === 'applicationgroups' && namespace !== undefined) return [isRead ? 'view' : 'admin'];
  if (isRead) return readers;
  return resource === 'recoveryapprovals' ? ['kubectl-recover-approver'] : [OPERATOR_ROLE];
};

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The command that gives a user a ClusterRole, in one namespace or everywhere. */
export const bindingCommand = (user: string, role: string, context: string, namespace?: string): string => {
  const [, where, name] = SERVICE_ACCOUNT.exec(user) ?? [];
  const subject = where === undefined ? `--user=${shellWord(user)}` : `--serviceaccount=${where}:${name}`;
  const binding = `${(name ?? user).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${role}`.replace(/^-/, '');
  const [kind, scope] =
    namespace === undefined ? ['clusterrolebinding', ''] : ['rolebinding', ` --namespace=${namespace}`];
  return `kubectl create ${kind} ${binding} --clusterrole=${role} ${subject}${scope} --context=${shellWord(context)}`;
};

const listed = (roles: readonly string[]): string =>
  roles.length === 1
    ? `the ClusterRole "${roles[0]}"`
    : `the ClusterRoles ${roles.map(role => `"${role}"`).join(' and ')}`;

/** Who has a right, and the command by which it is given; `needed` is the ClusterRole that the whole command takes. */
export const rightMend = (right: LackingRight, context: string, needed?: string): string => {
  if (right.verb === 'impersonate') {
    return `leave out --as, or have an admin of the cluster allow it; what this login may do: kubectl auth can-i --list --context=${shellWord(context)}`;
  }
  // It is given to everybody; taken away, it is put back.
  if (right.namespace === REQUESTS_NAMESPACE && right.group === API_GROUP && right.verb !== 'list') {
    return `everybody has it as installed; an operator puts it back: kubectl recover install --context=${shellWord(context)}`;
  }
  const roles = needed === undefined ? rolesWith(right) : [needed];
  const [role = 'cluster-admin'] = roles;
  // Nobody is made one for a command.
  if (role === 'cluster-admin') {
    return `use a login that is admin of the cluster, as ClusterRole "cluster-admin" makes one; what this one may do: kubectl auth can-i --list --context=${shellWord(context)}`;
  }
  const namespace = role === 'admin' || role === 'view' ? right.namespace : undefined;
  const who = namespace === undefined ? 'an admin of the cluster' : `an admin of namespace "${namespace}"`;
  return `it is in ${listed(roles)}; ${who} gives it: ${bindingCommand(right.user, role, context, namespace)}`;
};
