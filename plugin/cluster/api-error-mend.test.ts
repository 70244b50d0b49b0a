import { expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { apiErrorMend } from './api-error-mend.ts';

test.each<[string, number, string, string, string]>([
  [
    'a field that is wrong is explained',
    422,
    'Invalid',
    'ApplicationGroup.kubectl-recover.io "shop" is invalid: spec.owners: Required value',
    'kubectl explain applicationgroup.spec --context prod',
  ],
  ['a request that is wrong is one of another version', 400, 'BadRequest', 'strict decoding error', 'recover check'],
  [
    'what is not there is listed',
    404,
    'NotFound',
    'recoverypolicies.kubectl-recover.io "tight" not found',
    'kubectl get recoverypolicies.kubectl-recover.io --context prod',
  ],
  [
    'what nobody may list is asked for again',
    404,
    'NotFound',
    'accessrequests.kubectl-recover.io "x" not found',
    'run the command again',
  ],
  [
    'what is there already is looked at',
    409,
    'AlreadyExists',
    'clusteridentities.kubectl-recover.io "dr" already exists',
    'kubectl get clusteridentities.kubectl-recover.io dr -o yaml --context prod',
  ],
  [
    'a change at the same time is tried again',
    409,
    'Conflict',
    'the object has been modified',
    'run the command again',
  ],
  ['a fault of the API server is looked at there', 500, '', 'etcdserver: leader changed', "--raw '/readyz?verbose'"],
])('%s', (_, statusCode, reason, message, mend) => {
  expect(apiErrorMend(new ApiError(statusCode, reason, message), 'prod')).toContain(mend);
});
