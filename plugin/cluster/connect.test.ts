import { relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createCertificateAuthority } from '../../test/clusters/certificate-authority.ts';
import { FakeApiServer, failureStatus, type Handler, sendJson } from '../../test/fakes/fake-api-server.ts';
import { FakeProxy } from '../../test/fakes/fake-proxy.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { type KubeconfigEntry, KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { LoginProgram } from '../../test/fakes/login-program.ts';
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
      flags: expect.stringMatching(/^--kubeconfig \S+ --context prod$/),
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
      certificateAuthority: '/ca',
      clientCertificate: '/crt',
      clientKey: '/key',
      insecureSkipTlsVerify: true,
      tlsServerName: 'dr',
      token: 't',
      as: 'alice',
      asGroup: ['g'],
      asUid: '1',
      asUserExtra: ['a=b'],
      requestTimeoutMs: 1,
    };
    expect(JSON.parse(JSON.stringify(forSource(given)))).toEqual({
      kubeconfig: '/a',
      context: 'dr',
      namespace: 'n',
      as: 'alice',
      asGroup: ['g'],
      asUid: '1',
      asUserExtra: ['a=b'],
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
  test.each<[string, () => Login, () => string]>([
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
      mend: 'log in again; who you are then shows: kubectl auth whoami --context prod',
    });
    expect(server.requests).toHaveLength(2);
  });

  test('a right', async () => {
    const message = 'recoveries.kubectl-recover.io is forbidden: User "alice" cannot create resource "recoveries"';
    const { server, access } = await answering(403, { ...failureStatus(403, 'Forbidden'), message });
    expect(await refusal(access)).toEqual({
      code: 'Forbidden',
      message: `cluster "prod": ${message}`,
      mend: 'ask an operator of that cluster for the right, or use another login; what this one may do tells: kubectl auth can-i --list --context prod',
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a login program of the kubeconfig', () => {
  const programOf = (...setting: ConstructorParameters<typeof LoginProgram>): LoginProgram => {
    const program = new LoginProgram(...setting);
    cleanUps.push(() => program.remove());
    return program;
  };

  const userOf = (exec: Record<string, unknown>) => ({ token: undefined, exec });

  test('is run once for each cluster, though both have the same user', async () => {
    const program = programOf({ token: 't' });
    const servers = [await startServer(), await startServer()];
    const kubeconfig = folder.write(
      'config',
      servers.map(({ url }, index) => ({
        name: `c${index}`,
        server: url,
        cluster: { 'insecure-skip-tls-verify': true },
        user: userOf(program.entry({ provideClusterInfo: true })),
      })),
    );
    const flags = { kubeconfig, requestTimeoutMs: 5_000 };
    for (const context of ['c0', 'c1']) {
      const access = connect(flags, context, new FakeTerminal());
      cleanUps.push(() => access.close());
      await ask(access);
      await ask(access);
    }
    const asked = program.seen.map(({ info }) => info.spec['cluster']);
    expect(asked).toEqual(servers.map(({ url }) => ({ server: url, 'insecure-skip-tls-verify': true })));
  });

  test('is told what the kubeconfig has for it, the proxy too', async () => {
    const program = programOf({ token: 't' });
    const extensions = [
      { name: 'other', extension: { audience: 'other' } },
      { name: 'client.authentication.k8s.io/exec', extension: { audience: 'prod' } },
    ];
    const server = await startServer();
    const cluster = { 'insecure-skip-tls-verify': true, extensions, 'proxy-url': 'http://127.0.0.1:9' };
    const access = open({ server: server.url, cluster, user: userOf(program.entry({ provideClusterInfo: true })) });
    await refusal(access);
    expect(program.seen[0]?.info.spec['cluster']).toEqual({
      server: server.url,
      'insecure-skip-tls-verify': true,
      'proxy-url': 'http://127.0.0.1:9',
      config: { audience: 'prod' },
    });
  });

  test('is named from where the kubeconfig is', async () => {
    const program = programOf({ token: 't' });
    const { server, access } = await openFake(
      (_, response) => sendJson(response, 200, {}),
      {},
      userOf(program.entry({ command: relative(folder.path, program.command) })),
    );
    await ask(access);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer t');
  });

  test('says on stderr what it has to say', async () => {
    const program = programOf({ token: 't' }, { before: 'echo "see https://log-in" >&2' });
    const server = await startServer();
    const cluster = { 'insecure-skip-tls-verify': true };
    const kubeconfig = folder.write('config', [
      { name: 'prod', server: server.url, cluster, user: userOf(program.entry()) },
    ]);
    const terminal = new FakeTerminal();
    const access = connect({ kubeconfig, requestTimeoutMs: 5_000 }, undefined, terminal);
    cleanUps.push(() => access.close());
    await ask(access);
    expect([terminal.talk, terminal.data]).toEqual(['see https://log-in\n', '']);
  });

  test('that fails is told with the cluster and what to do', async () => {
    const program = programOf({ token: 't' }, { before: 'echo "session expired" >&2; exit 1' });
    expect(await refusal(open({ user: userOf(program.entry()) }))).toEqual({
      code: 'KubeconfigInvalid',
      message: `cluster "prod" cannot be used: login program "${program.command}" failed with exit code 1: session expired`,
      mend: 'log in as the program says, then run the command again',
    });
  });

  test('that is interrupted leaves an interrupted command', async () => {
    const program = programOf({ token: 't' }, { before: 'kill -INT $$' });
    const kubeconfig = folder.write('config', [{ name: 'prod', user: userOf(program.entry()) }]);
    const terminal = new FakeTerminal();
    terminal.interruption.abort();
    const access = connect({ kubeconfig, requestTimeoutMs: 5_000 }, undefined, terminal);
    expect(await refusal(access)).toEqual({
      code: 'Interrupted',
      message: 'interrupted while logging in',
      mend: 'run the command again, and log in to the end',
    });
  });
});

describe('a cluster behind a proxy', () => {
  test('is reached by that of the environment', async () => {
    const authority = await createCertificateAuthority('ca');
    const leaf = await authority.issue({ commonName: 'api', usage: 'server', dnsNames: ['api.example.com'] });
    const tls = { cert: leaf.certificate, key: leaf.privateKey };
    const server = await startServer((_, response) => sendJson(response, 200, {}), tls);
    const proxy = await FakeProxy.start({ leadsTo: Number(new URL(server.url).port) });
    cleanUps.push(() => proxy.stop());
    const caData = Buffer.from(authority.certificate).toString('base64');
    const cluster = { 'certificate-authority-data': caData };
    const kubeconfig = folder.write('config', [{ name: 'prod', server: 'https://api.example.com', cluster }]);
    const terminal = new FakeTerminal({ env: { https_proxy: proxy.url } });
    const access = connect({ kubeconfig, requestTimeoutMs: 5_000 }, undefined, terminal);
    cleanUps.push(() => access.close());
    await ask(access);
    expect(proxy.tunnels).toEqual(['api.example.com:443']);
  });

  test('that is none cannot be used', async () => {
    expect(await refusal(open({ cluster: { 'proxy-url': 'ftp://me:secret@proxy' } }))).toEqual({
      code: 'KubeconfigInvalid',
      message: 'cluster "prod" cannot be used: the proxy that proxy-url names has the scheme "ftp"',
      mend: 'write proxy-url as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT',
    });
  });
});
