import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { FakeApiServer, failureStatus, type Handler, sendJson } from '../../test/fakes/fake-api-server.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { Refusal } from '../refusal.ts';
import { connect } from './connect.ts';
import { splitMend, translateError } from './translate-error.ts';

let folder: KubeconfigFolder;
let server: FakeApiServer;
beforeEach(async () => {
  folder = new KubeconfigFolder();
  server = await FakeApiServer.start();
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

const API_SERVER =
  "run the command again in a moment; if it stays, look at the API server: kubectl get --raw '/readyz?verbose' --context prod";

/** What comes of a request that the cluster of the context `prod` answers so. */
const errorOf = async (handler: Handler): Promise<unknown> => {
  server.handler = handler;
  const kubeconfig = folder.write('config', [
    { name: 'prod', server: server.url, cluster: { 'insecure-skip-tls-verify': true } },
  ]);
  const access = connect({ kubeconfig, requestTimeoutMs: 5_000 }, undefined, new FakeTerminal());
  try {
    return await access.call(client =>
      client.get(OWN.recoveries, { namespace: 'kubectl-recover-requests', name: 'x' }),
    );
  } catch (error) {
    return error;
  } finally {
    await access.close();
  }
};

const statusWith = (code: number, reason: string, message: string, causes: readonly unknown[] = []): Handler => {
  const status = { ...failureStatus(code, reason, causes.length > 0 ? { causes } : {}), message };
  return (_, response) => sendJson(response, code, status);
};

const problemIn = (error: unknown) => {
  if (!(error instanceof RecoverError)) throw error;
  const { name, code, message, mend } = error;
  return { name, code, message, mend };
};

const INSTALL = 'an operator runs: kubectl recover install --context prod';

describe('an answer', () => {
  const cases: readonly (readonly [string, Handler, string, string, string | undefined])[] = [
    [
      '404 of a path that is not served',
      (_, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n'),
      'CatalogueMissing',
      'cluster "prod" has no catalogue',
      INSTALL,
    ],
    [
      '404 of a resource that is not served',
      statusWith(404, 'NotFound', 'the server could not find the requested resource'),
      'CatalogueMissing',
      'cluster "prod" has no catalogue',
      INSTALL,
    ],
    [
      '404 of the requests namespace',
      statusWith(404, 'NotFound', 'namespaces "kubectl-recover-requests" not found'),
      'CatalogueMissing',
      'cluster "prod" has no catalogue',
      INSTALL,
    ],
    [
      '404 of another namespace',
      statusWith(404, 'NotFound', 'namespaces "shop" not found'),
      'NotFound',
      'cluster "prod": namespaces "shop" not found',
      'see what there is: kubectl get namespaces --context prod',
    ],
    [
      '404 of an object',
      statusWith(404, 'NotFound', 'recoveries.kubectl-recover.io "x" not found'),
      'NotFound',
      'cluster "prod": recoveries.kubectl-recover.io "x" not found',
      'it was deleted meanwhile: run the command again',
    ],
    [
      'that is no 404 but speaks of a page',
      statusWith(500, 'InternalError', 'page not found'),
      'InternalError',
      'cluster "prod": page not found',
      API_SERVER,
    ],
    [
      'about our webhook that does not answer',
      statusWith(
        500,
        'InternalError',
        'Internal error occurred: failed calling webhook "validate.kubectl-recover.io": connection refused',
      ),
      'CatalogueMissing',
      'the catalogue of cluster "prod" does not answer',
      'an operator looks at its pods in namespace kubectl-recover-system; in an emergency see docs/break-glass.md',
    ],
    [
      'about the webhook of somebody else',
      statusWith(500, 'InternalError', 'Internal error occurred: failed calling webhook "kyverno": timeout'),
      'InternalError',
      'cluster "prod": Internal error occurred: failed calling webhook "kyverno": timeout',
      'an operator looks at that webhook, which is none of the catalogue: kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations --context prod',
    ],
    [
      'about our API, but not its webhook',
      statusWith(500, 'InternalError', 'conversion of kubectl-recover.io failed'),
      'InternalError',
      'cluster "prod": conversion of kubectl-recover.io failed',
      API_SERVER,
    ],
    [
      '403 of a webhook of others',
      statusWith(403, 'Forbidden', 'admission webhook "validate.kyverno.svc" denied the request: no label'),
      'Forbidden',
      'cluster "prod": admission webhook "validate.kyverno.svc" denied the request: no label',
      'it is a rule of that cluster, none of the catalogue; whose it is: kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations --context prod',
    ],
    [
      '403',
      statusWith(403, 'Forbidden', 'recoveries.kubectl-recover.io is forbidden: User "alice" cannot get it'),
      'Forbidden',
      'cluster "prod": recoveries.kubectl-recover.io is forbidden: User "alice" cannot get it',
      'ask an operator of that cluster for the right, or use another login; what this one may do tells: kubectl auth can-i --list --context prod',
    ],
    [
      '403 of the authorizer',
      statusWith(
        ...([403, 'Forbidden'] as const),
        'clusteridentities.kubectl-recover.io "dr" is forbidden: User "alice" cannot patch resource "clusteridentities" in API group "kubectl-recover.io" at the cluster scope',
      ),
      'Forbidden',
      'cluster "prod": clusteridentities.kubectl-recover.io "dr" is forbidden: User "alice" cannot patch resource "clusteridentities" in API group "kubectl-recover.io" at the cluster scope',
      'it is in the ClusterRole "kubectl-recover-operator"; an admin of the cluster gives it: kubectl create clusterrolebinding alice-kubectl-recover-operator --clusterrole=kubectl-recover-operator --user=alice --context=prod',
    ],
    [
      '422 of a policy of ours',
      statusWith(
        ...([422, 'Invalid'] as const),
        'clusteridentities.kubectl-recover.io "dr" is forbidden: ValidatingAdmissionPolicy \'x\' with binding \'x\' denied request: Forbidden: you lack the RBAC verb "declare-lost" on clusteridentities — it is in the ClusterRole kubectl-recover-declare-lost',
      ),
      'Forbidden',
      'cluster "prod": you lack the RBAC verb "declare-lost" on clusteridentities',
      'it is in the ClusterRole "kubectl-recover-declare-lost"; an admin of the cluster gives it: kubectl create clusterrolebinding user-kubectl-recover-declare-lost --clusterrole=kubectl-recover-declare-lost --user=USER --context=prod',
    ],
    [
      '422 of a policy of others',
      statusWith(422, 'Invalid', 'recoveries "x" is forbidden: ValidatingAdmissionPolicy \'y\' denied request: no'),
      'RequestInvalid',
      `cluster "prod": recoveries "x" is forbidden: ValidatingAdmissionPolicy 'y' denied request: no`,
      'it is a rule of that cluster, none of the catalogue; what it asks for: kubectl get validatingadmissionpolicies y -o yaml --context prod',
    ],
    [
      '422 of a schema, whose causes are not ours',
      statusWith(422, 'Invalid', 'Recovery "x" is invalid: spec.workloadTimeoutSeconds: Invalid value: 172800', [
        { reason: 'FieldValueInvalid', message: 'Invalid value: 172800', field: 'spec.workloadTimeoutSeconds' },
      ]),
      'RequestInvalid',
      'cluster "prod": Recovery "x" is invalid: spec.workloadTimeoutSeconds: Invalid value: 172800',
      'mend the field that it names; what it may hold: kubectl explain recovery.spec --context prod',
    ],
    [
      '400',
      statusWith(400, 'BadRequest', 'strict decoding error: unknown field "spec.x"'),
      'RequestInvalid',
      'cluster "prod": strict decoding error: unknown field "spec.x"',
      'see whether plugin and cluster fit each other: kubectl recover check --context prod',
    ],
    [
      '409',
      statusWith(409, 'AlreadyExists', 'applicationgroups.kubectl-recover.io "shop" already exists'),
      'InternalError',
      'cluster "prod": applicationgroups.kubectl-recover.io "shop" already exists',
      'look at the one that is there: kubectl get applicationgroups.kubectl-recover.io shop -o yaml --context prod',
    ],
    [
      'of a proxy, of which the first line is told',
      (_, response) => response.writeHead(503).end('upstream connect error\n<html>much more</html>'),
      'InternalError',
      'cluster "prod": upstream connect error',
      API_SERVER,
    ],
  ];

  test.each(cases)('%s', async (_, handler, code, message, mend) => {
    expect(problemIn(await errorOf(handler))).toEqual({ name: 'RecoverError', code, message, mend });
  });

  test('401 names the address too, since another login may be for another cluster', async () => {
    expect(problemIn(await errorOf(statusWith(401, 'Unauthorized', 'Unauthorized')))).toEqual({
      name: 'RecoverError',
      code: 'LoginRejected',
      message: `cluster "prod" (${server.url}) does not accept the login: it is expired or unknown`,
      mend: 'log in again; who you are then shows: kubectl auth whoami --context prod',
    });
  });

  test('is kept as the cause', async () => {
    const error = await errorOf(statusWith(409, 'AlreadyExists', 'x exists'));
    expect(error instanceof RecoverError && error.cause).toMatchObject({ statusCode: 409, reason: 'AlreadyExists' });
  });
});

describe('a denial with our codes', () => {
  const denial = (causes: readonly unknown[]) =>
    errorOf(statusWith(403, 'Forbidden', 'admission webhook denied', causes));
  const taken = {
    reason: 'NamespaceTaken',
    message: 'namespace "shop" is taken — map it: --map shop=NEW',
    field: 'targets',
  };

  test('is a refusal with every failed check, and its code is that of the first', async () => {
    const refusal = await denial([
      taken,
      { reason: 'PolicyDenied', message: 'policy "default" asks for a reason', field: 'policy' },
    ]);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({
      code: 'NamespaceTaken',
      message: 'refused by cluster "prod" (2 checks failed)',
    });
    expect(refusal instanceof Refusal && refusal.failedChecks).toEqual([
      {
        check: 'targets',
        code: 'NamespaceTaken',
        message: 'namespace "shop" is taken',
        mend: 'map it: --map shop=NEW',
      },
      { check: 'policy', code: 'PolicyDenied', message: 'policy "default" asks for a reason' },
    ]);
  });

  test('of one check says so', async () => {
    expect(await denial([taken])).toMatchObject({ message: 'refused by cluster "prod" (1 check failed)' });
  });

  test('that names no check is about the request', async () => {
    const refusal = await denial([{ reason: 'TokenExpired' }]);
    expect(refusal instanceof Refusal && refusal.failedChecks).toEqual([
      { check: 'request', code: 'TokenExpired', message: '' },
    ]);
  });

  test('may hold causes that are not ours, which do not count', async () => {
    const refusal = await denial([{ reason: 'FieldValueInvalid', message: 'no', field: 'spec' }, taken]);
    expect(refusal).toMatchObject({ code: 'NamespaceTaken', message: 'refused by cluster "prod" (1 check failed)' });
  });

  test.each(['toString', '__proto__', 'namespacetaken', ''])('cannot have the code "%s"', async reason => {
    expect(await denial([{ reason, message: 'no', field: 'targets' }])).toMatchObject({
      name: 'RecoverError',
      code: 'Forbidden',
    });
  });

  test('comes before what its status code means', async () => {
    server.handler = () => undefined;
    const where = { context: 'prod', server: server.url };
    const error = new ApiError(401, 'Unauthorized', 'failed calling webhook of kubectl-recover.io', [taken]);
    expect(translateError(error, where)).toBeInstanceOf(Refusal);
  });
});

describe('what is no answer of a cluster', () => {
  const where = { context: 'prod', server: 'https://prod' };

  test('is left as it is if it is ours', () => {
    const error = new RecoverError({ code: 'Timeout', message: 'too late' });
    expect(translateError(error, where)).toBe(error);
  });

  test('is left as it is if no request could be made', () => {
    const error = new TypeError('".." is no name of an object');
    expect(translateError(error, where)).toBe(error);
  });

  test.each(['a string', undefined])('is left as it is if it is no error: %j', thrown => {
    expect(translateError(thrown, where)).toBe(thrown);
  });
});

describe('a message of the catalogue', () => {
  test.each([
    ['what is wrong', { message: 'what is wrong' }],
    ['what is wrong — do this', { message: 'what is wrong', mend: 'do this' }],
    ['what is wrong — do this — or that', { message: 'what is wrong', mend: 'do this — or that' }],
    ['a—b', { message: 'a—b' }],
    ['a - b', { message: 'a - b' }],
    ['', { message: '' }],
  ])('"%s" is split into what is wrong and what would mend it', (message, split) => {
    expect(splitMend(message)).toStrictEqual(split);
  });
});
