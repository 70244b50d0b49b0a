import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';

/** Kubernetes' own kinds of rbac.authorization.k8s.io/v1, with the fields that we read. */

export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
}

export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[] | null;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

export const GRANTS = {
  clusterRoles: resourceType<Role>(RBAC, 'ClusterRole', 'clusterroles', false),
  roles: resourceType<Role>(RBAC, 'Role', 'roles', true),
  clusterRoleBindings: resourceType<Binding>(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', false),
  roleBindings: resourceType<Binding>(RBAC, 'RoleBinding', 'rolebindings', true),
} as const;

export interface Grants {
  readonly clusterRoles: readonly Role[];
  readonly roles: readonly Role[];
  readonly clusterRoleBindings: readonly Binding[];
  readonly roleBindings: readonly Binding[];
}

export interface Right {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
}

const has = (list: readonly string[] | undefined, wanted: string): boolean =>
  list?.some(each => each === '*' || each === wanted) ?? false;

/** A rule for named objects only gives no right to create, and none to all the others. */
const gives = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule, right: Right): boolean =>
  (resourceNames ?? []).length === 0 &&
  has(verbs, right.verb) &&
  has(apiGroups, right.group) &&
  has(resources, right.resource);

/** `User "alice"`, `Group "devs"`, `ServiceAccount "ci/deploy"`. */
export const nameOfSubject = ({ kind, namespace, name }: Subject): string =>
  kind === 'ServiceAccount' ? `${kind} "${namespace}/${name}"` : `${kind} "${name}"`;

/** A subject that holds a right in one namespace, and whether it holds it by a binding in that namespace alone. */
export interface Holder {
  readonly subject: Subject;
  readonly onlyThere: boolean;
}

/**
 * Who holds a right in a namespace, as RBAC says it; other authorizers are not seen. Members of groups, and
 * ServiceAccounts of a group of them, are not resolved.
 */
export const holdersOf = (grants: Grants, namespace: string, right: Right): readonly Holder[] => {
  const roleGives = ({ roleRef }: Binding): boolean => {
    const role =
      roleRef.kind === 'ClusterRole'
        ? grants.clusterRoles.find(({ metadata }) => metadata.name === roleRef.name)
        : grants.roles.find(({ metadata }) => metadata.namespace === namespace && metadata.name === roleRef.name);
    return role?.rules?.some(rule => gives(rule, right)) ?? false;
  };
  const everywhere = grants.clusterRoleBindings.filter(roleGives).flatMap(({ subjects }) => subjects ?? []);
  const there = grants.roleBindings
    .filter(binding => binding.metadata.namespace === namespace && roleGives(binding))
    .flatMap(({ subjects, metadata }) =>
      // In a RoleBinding a ServiceAccount without a namespace is not valid; one of the binding's own is meant.
      (subjects ?? []).map(subject => ({ ...subject, namespace: subject.namespace ?? metadata.namespace ?? '' })),
    );
  const holders = new Map<string, Holder>();
  for (const subject of there) holders.set(nameOfSubject(subject), { subject, onlyThere: true });
  for (const subject of everywhere) holders.set(nameOfSubject(subject), { subject, onlyThere: false });
  return [...holders.values()];
};
