import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createCertificateAuthority } from '../../test/clusters/certificate-authority.ts';
import { FakeApiServer, failureStatus, type Handler, sendJson } from '../../test/fakes/fake-api-server.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { type KubeconfigEntry, KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { type ClusterAccess, connect } from './connect.ts';
import { type ConnectionFlags, forSource } from './connection-flags.ts';

const cleanUps: (() => unknown)[] = [];
let folder: KubeconfigFolder;
beforeEach(() => {
  folder = new KubeconfigFolder();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  folder.remove();
  vi.useRealTimers();
});

const startServer = async (...start: Parameters<typeof FakeApiServer.start>): Promise<FakeApiServer> => {
  const server = await FakeApiServer.start(...start);
  cleanUps.push(() => server.stop());
  return server;
};

type Login = Omit<KubeconfigEntry, 'name'>;

/** Opens the context `prod` of a kubeconfig. */
const open = (entry: Login, flags: Partial<ConnectionFlags> = {}): ClusterAccess => {
  const kubeconfig = folder.write('config', [{ name: 'prod', ...entry }]);
  const access = connect({ kubeconfig, requestTimeoutMs: 5_000, ...flags }, flags.context, new FakeTerminal());
  cleanUps.push(() => access.close());
  return access;
};

const openFake = async (handler: Handler, flags: Partial<ConnectionFlags> = {}, user: KubeconfigEntry['user'] = {}) => {
  const server = await startServer(handler);
  const cluster = { 'insecure-skip-tls-verify': true };
  return { server, access: open({ server: server.url, cluster, user, namespace: 'shop' }, flags) };
};

const ask = (access: ClusterAccess) => access.call(client => client.read('/version'));
const refusal = (access: ClusterAccess) => problemOf(() => ask(access));

describe('a cluster', () => {
  test('is opened without a word to it', async () => {
    const { server, access } = await openFake((_, response) => sendJson(response, 200, {}));
    expect({ ...access, call: undefined, close: undefined }).toEqual({
      context: 'prod',
      server: server.url,
      namespace: 'shop',
    });
    expect(server.requests).toEqual([]);
  });

  test('is asked with the login of its context', async () => {
    const { server, access } = await openFake((_, response) => sendJson(response, 200, { gitVersion: 'v1.35.0' }));
    expect(await ask(access)).toEqual({ gitVersion: 'v1.35.0' });
    const headers = server.requests[0]?.headers ?? {};
    expect([headers.authorization, headers['user-agent']]).toEqual([
      'Bearer token-of-prod',
      `kubectl-recover/${packageJson.version}`,
    ]);
    expect(Object.keys(headers).filter(name => name.startsWith('impersonate'))).toEqual([]);
  });

  test.each([
    [{ namespace: 'billing' }, 'billing'],
    [{}, 'shop'],
  ])('has the namespace of the flag, else of the context: %j', async (flags, namespace) => {
    const { access } = await openFake(() => undefined, flags);
    expect(access.namespace).toBe(namespace);
  });

  test('has the namespace "default" where nothing names one', () => {
    expect(open({}).namespace).toBe('default');
  });

  test('is asked as whom the flags say, and each group is a header of its own', async () => {
    const flags = { as: 'alice', asGroup: ['oidc:shop', 'a,b'], asUid: '42' };
    const { server, access } = await openFake((_, response) => sendJson(response, 200, {}), flags);
    await ask(access);
    const pairs = (server.requests[0]?.rawHeaders ?? [])
      .map((name, index, all) => [name.toLowerCase(), all[index + 1]])
      .filter(([name], index) => index % 2 === 0 && name?.startsWith('impersonate'));
    expect(pairs).toEqual([
      ['impersonate-user', 'alice'],
      ['impersonate-group', 'oidc:shop'],
      ['impersonate-group', 'a,b'],
      ['impersonate-uid', '42'],
    ]);
  });

  test('that is the source gets neither address nor login of the destination, but the same impersonation', () => {
    const given: ConnectionFlags = {
      kubeconfig: '/a',
      context: 'dr',
      cluster: 'c',
      user: 'u',
      namespace: 'n',
      server: 'https://dr',
      token: 't',
      as: 'alice',
      asGroup: ['g'],
      asUid: '1',
      requestTimeoutMs: 1,
    };
    expect(JSON.parse(JSON.stringify(forSource(given)))).toEqual({
      kubeconfig: '/a',
      context: 'dr',
      namespace: 'n',
      as: 'alice',
      asGroup: ['g'],
      asUid: '1',
      requestTimeoutMs: 1,
    });
  });
});

const UNREACHABLE = 'try: kubectl --context prod version; then look at network, VPN and the address in the kubeconfig';

describe('a cluster that cannot be reached', () => {
  const unreachable = (server: string, why: string) => ({
    code: 'ClusterUnreachable',
    message: `cluster "prod" cannot be reached: ${server} ${why}`,
    mend: UNREACHABLE,
  });

  test('since nobody listens', async () => {
    const server = await FakeApiServer.start();
    const { url } = server;
    await server.stop();
    expect(await refusal(open({ server: url, cluster: { 'insecure-skip-tls-verify': true } }))).toEqual(
      unreachable(url, `does not answer: connect ECONNREFUSED ${url.replace('http://', '')}`),
    );
  });

  test('since it does not answer in time', async () => {
    const { server, access } = await openFake(() => undefined, { requestTimeoutMs: 20 });
    expect(await refusal(access)).toEqual(unreachable(server.url, 'does not answer: the time for an answer is over'));
  });

  test('since it hangs up', async () => {
    const { server, access } = await openFake((_, response) => response.destroy());
    expect(await refusal(access)).toEqual(unreachable(server.url, 'does not answer: other side closed'));
  });

  test('since it breaks off', async () => {
    const { server, access } = await openFake((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    });
    expect(await refusal(access)).toEqual(unreachable(server.url, 'broke off its answer'));
  });

  test('since something else listens there', async () => {
    const { server, access } = await openFake((_, response) => response.end('<html>Log in</html>'));
    expect(await refusal(access)).toEqual(unreachable(server.url, 'does not answer as a Kubernetes API server'));
  });

  test('since its address is none', async () => {
    expect(await refusal(open({ server: '127.0.0.1:6443' }))).toEqual(
      unreachable('127.0.0.1:6443', 'does not answer: Invalid URL'),
    );
  });
});

describe('a cluster whose certificate', () => {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

  const serve = async (issuedAt: Date) => {
    vi.useFakeTimers({ toFake: ['Date'], now: issuedAt });
    const authority = await createCertificateAuthority('ca');
    const leaf = await authority.issue({ commonName: 'api', usage: 'server', ipAddresses: ['127.0.0.1'] });
    vi.useRealTimers();
    const tls = { cert: leaf.certificate, key: leaf.privateKey };
    const server = await startServer((_, response) => sendJson(response, 200, { gitVersion: 'v1' }), tls);
    return { server, caData: base64(authority.certificate) };
  };

  test('is of its CA is trusted', async () => {
    const { server, caData } = await serve(new Date());
    const access = open({ server: server.url, cluster: { 'certificate-authority-data': caData } });
    expect(await ask(access)).toEqual({ gitVersion: 'v1' });
  });

  test('has expired is not, and gets no token', async () => {
    const { server, caData } = await serve(new Date('2020-01-01T00:00:00Z'));
    expect(await refusal(open({ server: server.url, cluster: { 'certificate-authority-data': caData } }))).toEqual({
      code: 'ClusterUnreachable',
      message: `cluster "prod" cannot be reached: ${server.url} does not answer: certificate has expired`,
      mend: UNREACHABLE,
    });
    expect(server.requests).toEqual([]);
  });

  test('is of another CA is not, and gets no token', async () => {
    const [{ server }, { caData }] = [await serve(new Date()), await serve(new Date())];
    const problem = await refusal(open({ server: server.url, cluster: { 'certificate-authority-data': caData } }));
    expect(problem.code).toBe('ClusterUnreachable');
    expect(server.requests).toEqual([]);
  });
});

describe('a kubeconfig that cannot be used', () => {
  const exec = (command: string, ...args: string[]): Login => ({
    user: { token: undefined, exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args } },
  });

  test.each<[string, () => Login, () => string]>([
    ['names a login program that is missing', () => exec('no-such-program'), () => 'spawn no-such-program ENOENT'],
    [
      'has a login program that fails',
      () => exec('sh', '-c', 'echo " " >&2; echo no session >&2; exit 1'),
      () => 'no session',
    ],
    ['has a login program that fails silently', () => exec('false'), () => 'the login program failed'],
    [
      'has a login program that answers no JSON, of which nothing is told',
      () => exec('echo', 'very-secret'),
      () => 'the login program does not answer in JSON',
    ],
    [
      'names a certificate that is missing',
      () => ({ user: { 'client-certificate': 'a.crt', 'client-key': 'a.key' } }),
      () => `ENOENT: no such file or directory, open '${folder.pathOf('a.crt')}'`,
    ],
    [
      'names a CA that is missing',
      () => ({ cluster: { 'certificate-authority': 'ca.crt' } }),
      () => `ENOENT: no such file or directory, open '${folder.pathOf('ca.crt')}'`,
    ],
    [
      'speaks plain HTTP',
      () => ({ server: 'http://127.0.0.1:1' }),
      () => 'HTTP protocol is not allowed when skipTLSVerify is not set or false',
    ],
  ])('%s', async (_, login, why) => {
    expect(await refusal(open(login()))).toEqual({
      code: 'KubeconfigInvalid',
      message: `cluster "prod" cannot be used as the kubeconfig says: ${why()}`,
      mend: 'try: kubectl --context prod auth whoami; then look at cluster and user in the kubeconfig',
    });
  });
});

describe('a cluster that refuses', () => {
  const answering = async (code: number, body: unknown) => openFake((_, response) => sendJson(response, code, body));

  test('an expired login: it is tried anew once, then said', async () => {
    const { server, access } = await answering(401, failureStatus(401, 'Unauthorized'));
    expect(await refusal(access)).toEqual({
      code: 'LoginRejected',
      message: `cluster "prod" (${server.url}) does not accept the login: it is expired or unknown`,
      mend: 'log in again; kubectl auth whoami shows who you are',
    });
    expect(server.requests).toHaveLength(2);
  });

  test('a right', async () => {
    const message = 'recoveries.kubectl-recover.io is forbidden: User "alice" cannot create resource "recoveries"';
    const { server, access } = await answering(403, { ...failureStatus(403, 'Forbidden'), message });
    expect(await refusal(access)).toEqual({
      code: 'Forbidden',
      message: `cluster "prod": ${message}`,
      mend: 'ask an operator of that cluster for the right, or use another login',
    });
    expect(server.requests).toHaveLength(1);
  });
});
