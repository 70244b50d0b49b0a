import { expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { missingRight } from './missing-right.ts';

const refused = (message: string, statusCode = 403) => new ApiError(statusCode, 'Forbidden', message);

test.each([
  [
    'backups.velero.io is forbidden: User "alice" cannot list resource "backups" in API group "velero.io" at the cluster scope',
    'list backups.velero.io',
  ],
  [
    'pods is forbidden: User "alice" cannot get resource "pods" in API group "" in the namespace "shop"',
    'get pods in namespace "shop"',
  ],
  ['forbidden: User "system:anonymous" cannot get path "/version"', 'get /version'],
])('"%s" lacks %s', (message, right) => {
  expect(missingRight(refused(message))?.text).toBe(right);
});

test('is found behind the translated error', () => {
  const cause = refused('x is forbidden: User "a" cannot list resource "x" in API group "y" at the cluster scope');
  expect(missingRight(new RecoverError({ code: 'Forbidden', message: 'cluster "prod": …' }, { cause }))).toEqual({
    text: 'list x.y',
    role: 'cluster-admin',
  });
});

test.each([
  ['a policy', refused('x is forbidden: ValidatingAdmissionPolicy \'p\' denied request: User "a" cannot do that')],
  ['a quota', refused('pods "x" is forbidden: exceeded quota')],
  ['another status', refused('User "a" cannot list resource "x" in API group "y" at the cluster scope', 401)],
  ['an error of another kind', new Error('User "a" cannot list resource "x" in API group "y" at the cluster scope')],
])('a refusal by %s is no missing right', (_, error) => {
  expect(missingRight(error)).toBeUndefined();
});

test.each([
  ['backups', 'velero.io', 'kubectl-recover-operator'],
  ['clusteridentities', 'kubectl-recover.io', 'kubectl-recover-operator'],
  ['mutatingwebhookconfigurations', 'admissionregistration.k8s.io', 'cluster-admin'],
])('%s of %s are read with the ClusterRole %s', (resource, group, role) => {
  const message = `x is forbidden: User "a" cannot list resource "${resource}" in API group "${group}" at the cluster scope`;
  expect(missingRight(refused(message))?.role).toBe(role);
});
