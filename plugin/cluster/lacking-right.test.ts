import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { baseFiles } from '../../manifests/base-files.ts';
import type { PolicyRule } from '../checkup/granted-rights.ts';
import { bindingCommand, type LackingRight, parseLackingRight, rightMend, rolesWith } from './lacking-right.ts';

const OURS = 'kubectl-recover.io';

const right = (part: Partial<LackingRight>): LackingRight => ({ user: 'alice', verb: 'get', group: OURS, ...part });

describe('what the authorizer says is read', () => {
  test.each<[string, Partial<LackingRight>]>([
    [
      'clusteridentities.kubectl-recover.io "dr" is forbidden: User "alice" cannot get resource "clusteridentities" in API group "kubectl-recover.io" at the cluster scope',
      { user: 'alice', verb: 'get', resource: 'clusteridentities', group: OURS },
    ],
    [
      'configmaps is forbidden: User "system:serviceaccount:ci:bot" cannot list resource "configmaps" in API group "" in the namespace "shop"',
      { user: 'system:serviceaccount:ci:bot', verb: 'list', resource: 'configmaps', group: '', namespace: 'shop' },
    ],
    ['forbidden: User "alice" cannot get path "/apis"', { user: 'alice', verb: 'get', path: '/apis' }],
  ])('%s', (message, expected) => {
    expect(parseLackingRight(message)).toEqual(expected);
  });

  test('and nothing in what a policy says', () => {
    expect(parseLackingRight("x is forbidden: ValidatingAdmissionPolicy 'y' denied request: no")).toBeUndefined();
  });
});

describe('a ClusterRole that is named', () => {
  interface ClusterRole {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly rules?: readonly PolicyRule[];
    readonly aggregationRule?: {
      readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[];
    };
  }

  const roles = parseAllDocuments(baseFiles().get('rbac-people.yaml') ?? '')
    .map(document => document.toJS() as ClusterRole)
    .filter(({ kind }) => kind === 'ClusterRole');

  /** With those of the roles that it is made of; what Kubernetes makes of ours for its own is read from the labels. */
  const rulesOf = (name: string): readonly PolicyRule[] => {
    const labels = roles.find(role => role.metadata.name === name)?.aggregationRule?.clusterRoleSelectors ?? [];
    const selected = labels.flatMap(({ matchLabels }) => Object.keys(matchLabels));
    const wanted = [...selected, `rbac.authorization.k8s.io/aggregate-to-${name}`];
    return roles
      .filter(({ metadata }) => metadata.name === name || wanted.some(label => metadata.labels?.[label] === 'true'))
      .flatMap(({ rules = [] }) => rules);
  };

  const READS = ['get', 'list', 'watch'];
  const WRITES = ['create', 'update', 'patch', 'delete'];
  const inCluster = ['clusteridentities', 'recoverypolicies'].flatMap(resource =>
    [...READS, ...WRITES].map(verb => right({ verb, resource })),
  );
  const read = ['applicationgroups', 'namespaceclaims', 'recoveries', 'recoveryapprovals'].flatMap(resource =>
    READS.map(verb => right({ verb, resource })),
  );
  const inNamespace = [...READS, ...WRITES].map(verb =>
    right({ verb, resource: 'applicationgroups', namespace: 'shop' }),
  );
  const velero = READS.flatMap(verb =>
    ['backups', 'restores', 'backupstoragelocations'].map(resource => right({ verb, resource, group: 'velero.io' })),
  );
  const refused = right({ resource: 'configmaps', group: '', namespace: 'kubectl-recover-system' });
  const approve = right({ verb: 'create', resource: 'recoveryapprovals' });

  test.each(
    [...inCluster, ...read, ...inNamespace, ...velero, approve, refused].map(each => ({
      ...each,
      right: each,
      where: each.namespace ?? 'the cluster',
    })),
  )('has $verb on $resource in $where', ({ right: wanted }) => {
    const named = rolesWith(wanted);
    expect(named).not.toEqual([]);
    for (const name of named) {
      const has = rulesOf(name).some(
        ({ verbs = [], apiGroups = [], resources = [] }) =>
          verbs.includes(wanted.verb) &&
          apiGroups.includes(wanted.group ?? '') &&
          resources.includes(wanted.resource ?? ''),
      );
      expect([name, has]).toEqual([name, true]);
    }
  });

  test('of what is not ours is that of an admin of the cluster', () => {
    const webhooks = { resource: 'mutatingwebhookconfigurations', group: 'admissionregistration.k8s.io' };
    expect(rolesWith(right({ verb: 'create', ...webhooks }))).toEqual(['cluster-admin']);
  });
});

describe('what would mend it', () => {
  test('in a namespace is for an admin of it', () => {
    const mend = rightMend(right({ verb: 'create', resource: 'applicationgroups', namespace: 'shop' }), 'prod');
    expect(mend).toBe(
      'it is in the ClusterRole "admin"; an admin of namespace "shop" gives it: kubectl create rolebinding alice-admin --clusterrole=admin --user=alice --namespace=shop --context=prod',
    );
  });

  test('names the role that the whole command takes, where that is more', () => {
    const mend = rightMend(right({ resource: 'clusteridentities' }), 'prod', 'kubectl-recover-declare-lost');
    expect(mend).toContain('--clusterrole=kubectl-recover-declare-lost --user=alice');
  });

  test('of what everybody has is to put it back', () => {
    const mend = rightMend(
      right({ verb: 'create', resource: 'recoveries', namespace: 'kubectl-recover-requests' }),
      'prod',
    );
    expect(mend).toContain('kubectl recover install --context=prod');
  });

  test('is a command that a shell reads as it is meant', () => {
    expect(bindingCommand("oidc:o'neil smith", 'view', 'my prod')).toBe(
      String.raw`kubectl create clusterrolebinding oidc-o-neil-smith-view --clusterrole=view --user='oidc:o'\''neil smith' --context='my prod'`,
    );
    expect(bindingCommand('system:serviceaccount:ci:bot', 'view', 'prod')).toBe(
      'kubectl create clusterrolebinding bot-view --clusterrole=view --serviceaccount=ci:bot --context=prod',
    );
  });
});
