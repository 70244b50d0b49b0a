import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createCertificateAuthority } from '../../test/clusters/certificate-authority.ts';
import { FakeApiServer, failureStatus, sendJson } from '../../test/fakes/fake-api-server.ts';
import { LoginProgram, type LoginStatus } from '../../test/fakes/login-program.ts';
import { ConnectionSetupError } from './api-error.ts';
import type { LoginTerminal } from './exec-credential.ts';
import { KubeClient } from './kube-client.ts';
import { createTransport } from './transport.ts';

const V1 = 'client.authentication.k8s.io/v1';
const V1BETA1 = 'client.authentication.k8s.io/v1beta1';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const programOf = (...setting: ConstructorParameters<typeof LoginProgram>): LoginProgram => {
  const program = new LoginProgram(...setting);
  cleanUps.push(() => program.remove());
  return program;
};

const startServer = async (...setting: Parameters<typeof FakeApiServer.start>): Promise<FakeApiServer> => {
  const server = await FakeApiServer.start(...setting);
  cleanUps.push(() => server.stop());
  return server;
};

interface Setting {
  readonly exec: Record<string, unknown>;
  readonly cluster?: Record<string, unknown>;
  readonly user?: Record<string, unknown>;
  readonly terminal?: Partial<LoginTerminal>;
  readonly clock?: () => number;
  readonly execConfig?: unknown;
  readonly timeoutMs?: number;
}

const clientFor = (server: FakeApiServer, setting: Setting): KubeClient => {
  const { exec, cluster, user, terminal, clock, execConfig, timeoutMs = 5_000 } = setting;
  const config = server.kubeConfig({ exec, ...user }, cluster);
  const transport = createTransport(config, {
    userAgent: 'recover-test',
    execConfig,
    terminal: { stdinIsTTY: false, say: () => undefined, ...terminal },
    ...(clock === undefined ? {} : { clock }),
  });
  const client = new KubeClient(transport, { timeoutMs });
  cleanUps.push(() => client.close());
  return client;
};

const start = async (status: LoginStatus, setting: Partial<Setting> = {}) => {
  const program = programOf(status);
  const server = await startServer();
  return { program, server, client: clientFor(server, { exec: program.entry(), ...setting }) };
};

const tokens = (server: FakeApiServer) => server.requests.map(({ headers }) => headers.authorization);

describe('a login program', () => {
  test('is run once for all requests of a client, at once or in turn', async () => {
    const { program, server, client } = await start({ token: 't1' });
    await Promise.all([client.read('/a'), client.read('/b')]);
    await client.read('/c');
    expect(program.seen).toHaveLength(1);
    expect(tokens(server)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
  });

  test('gets its arguments, its environment and ours', async () => {
    const { program, client } = await start({ token: 't' });
    await client.read('/version');
    expect(program.seen[0]?.args).toEqual([]);
    const env = [{ name: 'REGION', value: 'eu' }];
    const server = await startServer();
    const terminal = { env: { PATH: process.env['PATH'], REGION: 'us', HOME: '/home/alice' } };
    await clientFor(server, { exec: program.entry({ args: ['a b', '$c'], env }), terminal }).read('/version');
    expect(program.seen[1]).toMatchObject({ args: ['a b', '$c'], env: { REGION: 'eu', HOME: '/home/alice' } });
  });

  test.each([V1, V1BETA1])('of %s is told what it has to know', async apiVersion => {
    const program = programOf({ token: 't' }, { apiVersion });
    const server = await startServer();
    await clientFor(server, { exec: program.entry({ apiVersion }) }).read('/version');
    expect(program.seen[0]?.info).toEqual({ kind: 'ExecCredential', apiVersion, spec: { interactive: false } });
  });

  test('is told of the cluster if it asks to be', async () => {
    const program = programOf({ token: 't' });
    const server = await startServer();
    const cluster = { tlsServerName: 'api', caData: Buffer.from('a CA').toString('base64') };
    const exec = program.entry({ provideClusterInfo: true });
    await clientFor(server, { exec, cluster, execConfig: { audience: 'prod' } }).read('/version');
    expect(program.seen[0]?.info.spec).toEqual({
      interactive: false,
      cluster: {
        server: server.url,
        'tls-server-name': 'api',
        'insecure-skip-tls-verify': true,
        'certificate-authority-data': Buffer.from('a CA').toString('base64'),
        config: { audience: 'prod' },
      },
    });
  });

  test.each([
    ['Never', true, false],
    ['IfAvailable', true, true],
    ['IfAvailable', false, false],
    ['Always', true, true],
  ])('of interactiveMode %s with a terminal (%s) is told that it may ask: %s', async (mode, stdinIsTTY, interactive) => {
    const program = programOf({ token: 't' });
    const server = await startServer();
    await clientFor(server, { exec: program.entry({ interactiveMode: mode }), terminal: { stdinIsTTY } }).read('/');
    expect(program.seen[0]?.info.spec['interactive']).toBe(interactive);
  });

  test('that may ask has the terminal for itself: stdin to be answered at, stderr to ask on', async () => {
    const program = programOf(
      { token: 't' },
      { before: `printf 'Password: ' >&2; read -r word; echo "got $word" >&2` },
    );
    const source = `
      import { getExecCredential } from '${new URL('./exec-credential.ts', import.meta.url).href}';
      import { parseExecConfig } from '${new URL('./exec-config.ts', import.meta.url).href}';
      const config = parseExecConfig(${JSON.stringify(program.entry())}, 'alice');
      const say = () => { throw new Error('it has the terminal for itself'); };
      console.log(JSON.stringify(await getExecCredential(config, { server: 'x' }, { stdinIsTTY: true, say })));`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source]);
    child.stdin.end('open sesame\n');
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    await once(child, 'close');
    expect(stderr).toContain('Password: got open sesame\n');
    expect(JSON.parse(stdout)).toEqual({ token: 't' });
  });

  test('that may not ask finds nothing at stdin, and what it says is told', async () => {
    const program = programOf({ token: 't' }, { before: 'echo "see https://log-in" >&2; test -z "$(cat)"' });
    const server = await startServer();
    const said: string[] = [];
    await clientFor(server, { exec: program.entry(), terminal: { say: text => void said.push(text) } }).read('/');
    expect(said.join('')).toBe('see https://log-in\n');
  });

  test('may take longer than an answer of the cluster may', async () => {
    const program = programOf({ token: 't' }, { before: 'sleep 3' });
    const server = await startServer();
    expect(await clientFor(server, { exec: program.entry(), timeoutMs: 2_000 }).read('/version')).toEqual({});
  });

  test('is not run where the kubeconfig has a token', async () => {
    const { program, server, client } = await start({ token: 'of the program' }, { user: { token: 'mine' } });
    await client.read('/version');
    expect([program.seen, tokens(server)]).toEqual([[], ['Bearer mine']]);
  });
});

describe('what it gives', () => {
  test('is used until it expires', async () => {
    let now = Date.parse('2026-03-11T04:00:00Z');
    const { program, client } = await start(
      { token: 't', expirationTimestamp: '2026-03-11T04:00:10Z' },
      { clock: () => now },
    );
    await client.read('/version');
    now += 9_999;
    await client.read('/version');
    expect(program.seen).toHaveLength(1);
    now += 1;
    await client.read('/version');
    expect(program.seen).toHaveLength(2);
  });

  test('is used for as long as the command runs if it does not expire', async () => {
    let now = 0;
    const { program, client } = await start({ token: 't' }, { clock: () => now });
    await client.read('/version');
    now += 86_400_000;
    await client.read('/version');
    expect(program.seen).toHaveLength(1);
  });

  test('is asked for anew once if the API server refuses it, however many requests were refused', async () => {
    const { program, server, client } = await start({ token: 'old' });
    await client.read('/version');
    program.answer(JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status: { token: 'new' } }));
    server.handler = ({ headers }, response) => {
      const isNew = headers.authorization === 'Bearer new';
      sendJson(response, isNew ? 200 : 401, isNew ? {} : failureStatus(401, 'Unauthorized'));
    };
    await Promise.all([client.read('/a'), client.read('/b'), client.read('/c')]);
    expect(program.seen).toHaveLength(2);
  });

  describe('may be a client certificate', () => {
    const serve = async () => {
      const authority = await createCertificateAuthority('ca');
      const served = await authority.issue({ commonName: 'api', usage: 'server', ipAddresses: ['127.0.0.1'] });
      const server = await startServer((_, response) => sendJson(response, 200, {}), {
        cert: served.certificate,
        key: served.privateKey,
        ca: authority.certificate,
        requestCert: true,
      });
      const caData = Buffer.from(authority.certificate).toString('base64');
      return { authority, server, cluster: { caData, skipTLSVerify: false } };
    };

    const statusFor = async (authority: CertificateAuthority, commonName: string): Promise<LoginStatus> => {
      const { certificate, privateKey } = await authority.issue({ commonName, usage: 'client' });
      return { clientCertificateData: certificate, clientKeyData: privateKey };
    };

    test('that is shown to the API server', async () => {
      const { authority, server, cluster } = await serve();
      const program = programOf(await statusFor(authority, 'alice'));
      await clientFor(server, { exec: program.entry(), cluster }).read('/version');
      expect(server.clients).toEqual(['alice']);
      expect(tokens(server)).toEqual([undefined]);
    });

    test('beside a token', async () => {
      const { authority, server, cluster } = await serve();
      const program = programOf({ token: 't', ...(await statusFor(authority, 'alice')) });
      await clientFor(server, { exec: program.entry(), cluster }).read('/version');
      expect([server.clients, tokens(server)]).toEqual([['alice'], ['Bearer t']]);
    });
  });
});

describe('nothing is sent if a login program', () => {
  const refusal = async (exec: Record<string, unknown>) => {
    const server = await startServer();
    try {
      await clientFor(server, { exec }).read('/version');
    } catch (error) {
      expect(server.requests).toEqual([]);
      if (error instanceof ConnectionSetupError) return { message: error.message, mend: error.mend };
      throw error;
    }
    throw new Error('it was sent');
  };

  test('is missing', async () => {
    expect(await refusal({ apiVersion: V1, command: 'no-such-program' })).toEqual({
      message: 'login program "no-such-program" is not found',
      mend: 'install the program that the user in the kubeconfig names',
    });
    const installHint = 'get it at\nhttps://example.com';
    expect((await refusal({ apiVersion: V1, command: 'no-such-program', installHint })).mend).toBe(
      'get it at https://example.com',
    );
  });

  test('is no program', async () => {
    const { folder } = programOf({});
    expect((await refusal({ apiVersion: V1, command: folder })).message).toMatch(
      `login program "${folder}" cannot be started: `,
    );
  });

  test('has to ask, and there is no terminal', async () => {
    const program = programOf({ token: 't' });
    expect(await refusal(program.entry({ interactiveMode: 'Always' }))).toEqual({
      message: `login program "${program.command}" has to ask somebody, and standard input is not a terminal`,
      mend: 'run the command at a terminal, or log in with a user of the kubeconfig that asks nobody',
    });
    expect(program.seen).toEqual([]);
  });

  test.each([
    ['echo "session expired" >&2; exit 3', 'failed with exit code 3: session expired'],
    ['exit 1', 'failed with exit code 1'],
    ['kill -TERM $$', 'was ended by SIGTERM'],
  ])('fails by %s', async (before, what) => {
    const program = programOf({ token: 't' }, { before });
    expect((await refusal(program.entry())).message).toBe(`login program "${program.command}" ${what}`);
  });

  test.each([
    ['very-secret', 'does not answer in JSON'],
    ['"very-secret"', 'does not answer with an ExecCredential'],
    [{ kind: 'Secret', status: { token: 'very-secret' } }, 'does not answer with an ExecCredential'],
    [{ apiVersion: V1BETA1, status: { token: 'very-secret' } }, `answers with another apiVersion than "${V1}"`],
    [{}, 'answers with neither a token nor a client certificate'],
    [{ status: { token: '' } }, 'answers with neither a token nor a client certificate'],
    [{ status: { clientKeyData: 'very-secret' } }, 'answers with a certificate or a key, not both'],
    [{ status: { token: 'a', clientCertificateData: 'very-secret' } }, 'answers with a certificate or a key, not both'],
    [
      { status: { token: 'very-secret', expirationTimestamp: 'soon' } },
      'answers with an expirationTimestamp that is no time',
    ],
  ])('answers with %j, of which nothing is told', async (answer, what) => {
    const program = programOf({});
    program.answer(
      typeof answer === 'string' ? answer : JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', ...answer }),
    );
    const { message } = await refusal(program.entry());
    expect(message).toContain(`login program "${program.command}" ${what}`);
    expect(message).not.toContain('very-secret');
  });
});
