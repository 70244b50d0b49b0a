import { describe, expect, test } from 'vitest';
import { type Binding, type Grants, holdersOf, type PolicyRule, type Role, type Subject } from './granted-rights.ts';
import { judgeHolders } from './restorers.ts';

const VELERO = { namespace: 'velero', serviceAccount: 'velero' };

const role = (kind: 'Role' | 'ClusterRole', name: string, rule: PolicyRule, namespace?: string): Role => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  rules: [rule],
});

const binding = (roleRef: Binding['roleRef'], subjects: readonly Subject[] | null, namespace?: string): Binding => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: 'b', ...(namespace === undefined ? {} : { namespace }) },
  roleRef,
  subjects,
});

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const restorer = { verbs: ['get', 'create'], apiGroups: ['velero.io'], resources: ['restores'] };
const user = (name: string): Subject => ({ kind: 'User', name });
const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name });
const admin = { kind: 'ClusterRole', name: 'cluster-admin' };

const grants = (part: Partial<Grants>): Grants => ({
  clusterRoles: [role('ClusterRole', 'cluster-admin', everything), role('ClusterRole', 'restorer', restorer)],
  roles: [],
  clusterRoleBindings: [],
  roleBindings: [],
  ...part,
});

const judged = (part: Partial<Grants>) => judgeHolders(grants(part), [VELERO]);

describe('who may create a Restore', () => {
  test('is told by what the walls would say to them; Velero and the catalogue are not among them', () => {
    const clusterRoleBindings = [
      binding(admin, [
        { kind: 'Group', name: 'system:masters' },
        account('ci', 'deploy'),
        account('velero', 'velero'),
        account('kubectl-recover-system', 'catalogue'),
      ]),
      binding({ kind: 'ClusterRole', name: 'restorer' }, [user('bob')]),
    ];
    expect(judged({ clusterRoleBindings })).toEqual([
      {
        state: 'ok',
        what: '3 subjects may by RBAC create a Restore in namespace "velero"; past the checks with a reason, by "bypass": Group "system:masters"; never, in mode Enforce: ServiceAccount "ci/deploy", User "bob"',
      },
    ]);
  });

  test('is looked for in the bindings of Velero’s namespace, not in those of others', () => {
    const roles = [role('Role', 'own', restorer, 'velero'), role('Role', 'own', restorer, 'shop')];
    const ref = { kind: 'Role', name: 'own' };
    const roleBindings = [binding(ref, [user('bob')], 'velero'), binding(ref, [user('alice')], 'shop')];
    expect(judged({ roles, roleBindings })[0]?.what).toMatch(/^1 subject .*never, in mode Enforce: User "bob"$/);
  });

  test.each<[string, PolicyRule]>([
    ['another verb', { ...restorer, verbs: ['get'] }],
    ['another group', { ...restorer, apiGroups: ['apps'] }],
    ['another kind', { ...restorer, resources: ['backups'] }],
    ['named objects only', { ...restorer, resourceNames: ['mine'] }],
    ['nothing', {}],
  ])('a rule for %s gives nothing', (_, rule) => {
    const roles = [role('Role', 'own', rule, 'velero')];
    const roleBindings = [binding({ kind: 'Role', name: 'own' }, [user('bob')], 'velero')];
    expect(judged({ roles, roleBindings })[0]?.what).toBe(
      '0 subjects may by RBAC create a Restore in namespace "velero"',
    );
  });

  test('a binding of nobody, or to a role that is not there, gives nothing', () => {
    const roleBindings = [
      binding(admin, null, 'velero'),
      binding({ kind: 'Role', name: 'gone' }, [user('bob')], 'velero'),
    ];
    const right = { verb: 'create', group: 'velero.io', resource: 'restores' };
    expect(holdersOf(grants({ roleBindings }), 'velero', right)).toEqual([]);
  });
});

describe('T22: who could be Velero itself', () => {
  const edit = {
    verbs: ['get', 'create'],
    apiGroups: [''],
    resources: ['secrets', 'pods'],
  };

  test('by a binding in Velero’s namespace is warned of', () => {
    const clusterRoles = [role('ClusterRole', 'edit', edit)];
    const roleBindings = [binding({ kind: 'ClusterRole', name: 'edit' }, [{ kind: 'Group', name: 'team' }], 'velero')];
    expect(judged({ clusterRoles, roleBindings })[1]).toEqual({
      state: 'warning',
      what: 'Group "team" may get secrets, create pods in namespace "velero", and so be Velero itself, whom the walls let pass',
      mend: expect.stringContaining('kubectl get rolebindings -n velero'),
    });
  });

  test('by a right in the whole cluster is not: whoever has that needs no Velero', () => {
    expect(judged({ clusterRoleBindings: [binding(admin, [user('root')])] })).toHaveLength(1);
  });
});
