import { globSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { GROUP_VERSION } from '../../api/names.ts';
import { CODE_ADVICE } from '../../plugin/code-advice.ts';
import { createCertificateAuthority } from '../clusters/certificate-authority.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { type Environment, startEnvironment } from '../clusters/environment.ts';
import { runCommand } from '../clusters/run-command.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { pluginTerminal } from '../environment/plugin-terminal.ts';
import { KEYS } from '../environment/pseudo-terminal.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type PluginResult, runPlugin } from '../environment/run-plugin.ts';
import { FakeApiServer } from '../fakes/fake-api-server.ts';
import { FakeCluster } from '../fakes/fake-authority.ts';
import { FakeProxy } from '../fakes/fake-proxy.ts';
import { FakeSocksProxy } from '../fakes/fake-socks-proxy.ts';
import { LoginProgram, type LoginStatus } from '../fakes/login-program.ts';
import { namedCommands } from '../golden/named-commands.ts';

/**
 * kubectl's connection flags before a real API server, which says in its audit log who arrived. It has no catalogue:
 * each command ends with an error of its own once it has arrived.
 */

let environment: Environment<'bare'>;
let bare: Cluster;
let folder: string;

beforeAll(async () => {
  environment = await startEnvironment({
    report: quietReporter,
    places: { bare: { cloud: 'aws', region: 'eu-west-1' } },
    velero: false,
    cluster: {
      nodes: false,
      auditPolicy: {
        apiVersion: 'audit.k8s.io/v1',
        kind: 'Policy',
        omitStages: ['RequestReceived'],
        rules: [{ level: 'Metadata' }],
      },
    },
  });
  bare = environment.clusters.bare;
  folder = join(environment.dir, 'files-of-the-tests');
  await mkdir(folder);
});

afterAll(async () => {
  await environment?.stop();
});

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** `Event` of audit.k8s.io/v1, as far as it is asked about here. */
interface AuditEvent {
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: AuditUser;
  readonly impersonatedUser?: AuditUser;
}

interface AuditUser {
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const eventsOf = async (username: string): Promise<readonly AuditEvent[]> => {
  const lines = (await readFile(join(bare.logDir, 'audit.log'), 'utf8')).split('\n');
  // The last line may be half written.
  const events = lines.slice(0, -1).map(line => JSON.parse(line) as AuditEvent);
  return events.filter(
    ({ user, impersonatedUser, userAgent = '' }) =>
      userAgent.startsWith('kubectl-recover/') && (impersonatedUser ?? user).username === username,
  );
};

/** The API server writes its log a moment after it has answered. */
const SOON = { timeoutSeconds: 60 };

/** The first request that a user of this name has sent; every test has its own. */
const arrivalOf = async (username: string): Promise<AuditEvent> => {
  let [event] = await eventsOf(username);
  await waitUntil(
    `a request of "${username}"`,
    async () => {
      [event] = await eventsOf(username);
      return event !== undefined;
    },
    SOON,
  );
  if (event === undefined) throw new Error('it was there a moment ago');
  return event;
};

interface Parts {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

let files = 0;
const fileOf = async (content: string): Promise<string> => {
  files += 1;
  const path = join(folder, `file-${files}`);
  await writeFile(path, content, { mode: 0o600 });
  return path;
};

/** A kubeconfig with the context `bare`; its user is nobody unless told. */
const kubeconfigOf = ({ cluster = {}, user = {} }: Parts = {}): Promise<string> =>
  fileOf(
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bare',
      clusters: [
        {
          name: 'bare',
          cluster: {
            server: bare.server,
            'certificate-authority-data': Buffer.from(bare.caCertificate).toString('base64'),
            ...cluster,
          },
        },
      ],
      users: [{ name: 'nobody', user }],
      contexts: [{ name: 'bare', context: { cluster: 'bare', user: 'nobody' } }],
    }),
  );

interface Pem {
  readonly certificate: string;
  readonly key: string;
}

const loginOf = async (user: string, groups: readonly string[] = []): Promise<Pem> => {
  const config = parse(await readFile(await bare.kubeconfigFor(user, groups), 'utf8'));
  const login: Readonly<Record<string, string>> = config.users[0].user;
  const pem = (field: string): string => Buffer.from(login[field] ?? '', 'base64').toString('utf8');
  return { certificate: pem('client-certificate-data'), key: pem('client-key-data') };
};

const userOf = ({ certificate, key }: Pem) => ({
  'client-certificate-data': Buffer.from(certificate).toString('base64'),
  'client-key-data': Buffer.from(key).toString('base64'),
});

/** Runs a command that asks the cluster twice: it is refused to read, and then to write. */
const show = (kubeconfig: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runPlugin(['cluster', 'show', ...flags], { kubeconfigs: [kubeconfig], env });

const showAsAdmin = (...flags: readonly string[]) => show(bare.adminKubeconfigPath, flags);

const expectArrived = (result: PluginResult): void => {
  expect(result.stderr).toMatch(/\((Forbidden|CatalogueMissing)\)/);
};

const expectUnreachable = (result: PluginResult, why: string): void => {
  expect(result).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('(ClusterUnreachable)') });
  expect(result.stderr).toContain(why);
};

const portOf = (server: string): number => Number(new URL(server).port);

describe('impersonation', () => {
  test('--as, --as-group, --as-uid and --as-user-extra arrive', async () => {
    expectArrived(
      await showAsAdmin(
        ...['--as', 'jürgen', '--as-group', 'team-shop', '--as-group', 'a,b', '--as-uid', '42'],
        ...['--as-user-extra', 'acme.com/project=shop', '--as-user-extra', 'acme.com/project=billing'],
      ),
    );
    const { user, impersonatedUser } = await arrivalOf('jürgen');
    expect(user.username).toBe('admin');
    expect(impersonatedUser).toEqual({
      username: 'jürgen',
      uid: '42',
      groups: ['team-shop', 'a,b', 'system:authenticated'],
      extra: { 'acme.com/project': ['shop', 'billing'] },
    });
  });

  test('of the kubeconfig arrives whole', async () => {
    const admin = parse(await readFile(bare.adminKubeconfigPath, 'utf8')).users[0].user;
    const kubeconfig = await kubeconfigOf({ user: { ...admin, as: 'configured', 'as-groups': ['a'], 'as-uid': '7' } });
    expectArrived(await show(kubeconfig, []));
    expect((await arrivalOf('configured')).impersonatedUser).toMatchObject({
      uid: '7',
      groups: ['a', 'system:authenticated'],
    });
  });

  test('is the API server’s to allow', async () => {
    const kubeconfig = await kubeconfigOf({ user: userOf(await loginOf('impostor')) });
    const result = await show(kubeconfig, ['--as', 'admin']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/User "impostor" cannot impersonate.*\(Forbidden\)/);
  });
});

describe('a login on the command line', () => {
  test('--client-certificate and --client-key are shown', async () => {
    const { certificate, key } = await loginOf('by-certificate', ['team-shop']);
    const flags = ['--client-certificate', await fileOf(certificate), '--client-key', await fileOf(key)];
    expectArrived(await show(await kubeconfigOf(), flags));
    expect((await arrivalOf('by-certificate')).user.groups).toContain('team-shop');
  });

  test('--token comes before the certificate of the kubeconfig', async () => {
    await bare.kubectl('create', 'serviceaccount', 'robot');
    const token = (await bare.kubectl('create', 'token', 'robot')).trim();
    expectArrived(await showAsAdmin('--token', token));
    expect(await arrivalOf('system:serviceaccount:default:robot')).toBeDefined();
  });

  test('--user takes another of the kubeconfig', async () => {
    const config = parse(await readFile(await kubeconfigOf(), 'utf8'));
    config.users.push({ name: 'other', user: userOf(await loginOf('by-user')) });
    expectArrived(await show(await fileOf(stringify(config)), ['--user', 'other']));
    expect(await arrivalOf('by-user')).toBeDefined();
  });
});

describe('which cluster', () => {
  test('--kubeconfig, --context and --cluster name one', async () => {
    const config = parse(await readFile(await kubeconfigOf({ user: userOf(await loginOf('by-context')) }), 'utf8'));
    config.clusters.push({ name: 'gone', cluster: { server: 'https://127.0.0.1:9' } });
    config.contexts.push({ name: 'broken', context: { cluster: 'gone', user: 'nobody' } });
    config['current-context'] = 'broken';
    const kubeconfig = await fileOf(stringify(config));
    const run = (...flags: readonly string[]) => show('/nowhere', ['--kubeconfig', kubeconfig, ...flags]);
    expectUnreachable(await run(), 'cluster "broken" cannot be reached');
    expectArrived(await run('--context', 'bare'));
    expectArrived(await run('--cluster', 'bare'));
    // Each asks twice.
    await waitUntil('four requests', async () => (await eventsOf('by-context')).length === 4, SOON);
  });

  test('KUBECONFIG is a list: files that are not there are passed over, and what stands first counts', async () => {
    const user = userOf(await loginOf('by-list'));
    const config = parse(await readFile(await kubeconfigOf({ user }), 'utf8'));
    const part = (fields: object): Promise<string> =>
      fileOf(stringify({ apiVersion: 'v1', kind: 'Config', ...fields }));
    const first = await part({ 'current-context': 'bare', contexts: config.contexts, users: config.users });
    const gone = { name: 'bare', cluster: { server: 'https://127.0.0.1:9' } };
    const second = await part({
      clusters: config.clusters,
      'current-context': 'other',
      users: [{ name: 'nobody', user: {} }],
    });
    const third = await part({
      clusters: [gone],
      contexts: [{ name: 'other', context: { cluster: 'bare', user: 'x' } }],
    });
    const list = [join(folder, 'none'), first, second, third].join(delimiter);
    expectArrived(await show(list, []));
    expect(await arrivalOf('by-list')).toBeDefined();
  });

  test('--server takes another address', async () => {
    const kubeconfig = await kubeconfigOf({
      cluster: { server: 'https://127.0.0.1:9' },
      user: userOf(await loginOf('by-server')),
    });
    expectArrived(await show(kubeconfig, ['--server', bare.server]));
    expect(await arrivalOf('by-server')).toBeDefined();
  });

  test('--namespace is that of the request', async () => {
    const args = ['group', 'create', 'shop', '--namespaces', 'shop', '--owner', 'user:alice', '-n', 'team-shop'];
    await runPlugin([...args, '--as', 'by-namespace'], { kubeconfigs: [bare.adminKubeconfigPath] });
    expect((await arrivalOf('by-namespace')).requestURI).toContain('/namespaces/team-shop/');
  });

  test('--request-timeout bounds the wait for one that does not answer', async () => {
    const silent = await FakeApiServer.start(() => undefined);
    cleanUps.push(() => silent.stop());
    const flags = ['--server', silent.url, '--insecure-skip-tls-verify', '--request-timeout', '200ms'];
    expectUnreachable(await showAsAdmin(...flags), 'the time for an answer is over');
  });
});

describe('whom to trust', () => {
  test('--certificate-authority comes before that of the kubeconfig, right or wrong', async () => {
    const other = await createCertificateAuthority('other');
    const wrong = { 'certificate-authority-data': Buffer.from(other.certificate).toString('base64') };
    const user = userOf(await loginOf('by-authority'));
    const right = await fileOf(bare.caCertificate);
    expectArrived(await show(await kubeconfigOf({ cluster: wrong, user }), ['--certificate-authority', right]));
    expect(await arrivalOf('by-authority')).toBeDefined();

    const stranger = await kubeconfigOf({ user: userOf(await loginOf('by-wrong-authority')) });
    const refused = await show(stranger, ['--certificate-authority', await fileOf(other.certificate)]);
    expectUnreachable(refused, 'cluster "bare" cannot be reached');
    expect(await eventsOf('by-wrong-authority')).toEqual([]);
  });

  test('--insecure-skip-tls-verify asks for no certificate that is trusted', async () => {
    const other = await createCertificateAuthority('other');
    const cluster = { 'certificate-authority-data': Buffer.from(other.certificate).toString('base64') };
    const kubeconfig = await kubeconfigOf({ cluster, user: userOf(await loginOf('by-insecure')) });
    expectUnreachable(await show(kubeconfig, []), 'cluster "bare" cannot be reached');
    expectArrived(await show(kubeconfig, ['--insecure-skip-tls-verify']));
    expect(await arrivalOf('by-insecure')).toBeDefined();
  });

  test('--tls-server-name is the name that the certificate must have', async () => {
    const kubeconfig = await kubeconfigOf({ user: userOf(await loginOf('by-name')) });
    expectUnreachable(await show(kubeconfig, ['--tls-server-name', 'other.example.com']), 'other.example.com');
    expect(await eventsOf('by-name')).toEqual([]);
    expectArrived(await show(kubeconfig, ['--tls-server-name', 'kubernetes.default.svc']));
    expect(await arrivalOf('by-name')).toBeDefined();
  });
});

describe('a login program', () => {
  const programOf = (
    status: LoginStatus,
    setting: ConstructorParameters<typeof LoginProgram>[1] = {},
  ): LoginProgram => {
    const program = new LoginProgram(status, setting);
    cleanUps.push(() => program.remove());
    return program;
  };

  const statusOf = ({ certificate, key }: Pem): LoginStatus => ({
    clientCertificateData: certificate,
    clientKeyData: key,
  });

  test('is run once for a command of two requests, and told what it has to know', async () => {
    const program = programOf(statusOf(await loginOf('by-program')));
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'bare' } }];
    const exec = program.entry({ provideClusterInfo: true });
    expectArrived(await show(await kubeconfigOf({ cluster: { extensions }, user: { exec } }), []));
    await waitUntil('both requests', async () => (await eventsOf('by-program')).length === 2, SOON);
    expect(program.seen.map(({ info }) => info)).toEqual([
      {
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1',
        spec: {
          interactive: false,
          cluster: {
            server: bare.server,
            'certificate-authority-data': Buffer.from(bare.caCertificate).toString('base64'),
            config: { audience: 'bare' },
          },
        },
      },
    ]);
  });

  test('may ask the person at the terminal, and is run once', async () => {
    const ask = 'printf "Code: " >&2; read -r code; [ "$code" = 4711 ] || exit 1';
    const program = programOf(statusOf(await loginOf('by-code')), { before: ask });
    const kubeconfig = await kubeconfigOf({ user: { exec: program.entry({ interactiveMode: 'Always' }) } });
    const terminal = pluginTerminal(['cluster', 'show'], { tools: environment.tools, kubeconfigs: [kubeconfig] });
    cleanUps.push(() => terminal.stop());
    await terminal.shows('Code:');
    terminal.type('4711', KEYS.enter);
    expect(await terminal.ended).toBe(1);
    expect(terminal.screen.unwrapped).toMatch(/\((Forbidden|CatalogueMissing)\)/);
    await waitUntil('both requests', async () => (await eventsOf('by-code')).length === 2, SOON);
    expect(program.seen.map(({ info }) => info.spec)).toEqual([{ interactive: true }]);
  });

  test('that has to ask and has no terminal is not run', async () => {
    const program = programOf({ token: 't' });
    const kubeconfig = await kubeconfigOf({ user: { exec: program.entry({ interactiveMode: 'Always' }) } });
    const result = await show(kubeconfig, []);
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(KubeconfigInvalid)') });
    expect(program.seen).toEqual([]);
  });

  test('of v1beta1 may give a token', async () => {
    await bare.kubectl('create', 'serviceaccount', 'program');
    const token = (await bare.kubectl('create', 'token', 'program')).trim();
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    const program = programOf({ token }, { apiVersion });
    expectArrived(await show(await kubeconfigOf({ user: { exec: program.entry({ apiVersion }) } }), []));
    expect(await arrivalOf('system:serviceaccount:default:program')).toBeDefined();
  });

  test('that fails is a clear error, and what it says is shown', async () => {
    const program = programOf({}, { before: 'echo "run: cloud log-in" >&2; exit 7' });
    const result = await show(await kubeconfigOf({ user: { exec: program.entry() } }), []);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toBe(
      `run: cloud log-in\nError: cluster "bare" cannot be used: login program "${program.command}" failed with exit code 7: run: cloud log-in (KubeconfigInvalid)\n  do: log in as the program says, then run the command again\n`,
    );
  });
});

describe('a proxy', () => {
  const startProxy = async (): Promise<FakeProxy> => {
    const proxy = await FakeProxy.start({ leadsTo: portOf(bare.server) });
    cleanUps.push(() => proxy.stop());
    return proxy;
  };

  test('of proxy-url sees a tunnel to the API server', async () => {
    const proxy = await startProxy();
    const user = userOf(await loginOf('by-proxy-url'));
    expectArrived(await show(await kubeconfigOf({ cluster: { 'proxy-url': proxy.url }, user }), []));
    expect(await arrivalOf('by-proxy-url')).toBeDefined();
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(bare.server).host]));
  });

  test('of proxy-url may be one of SOCKS5', async () => {
    const proxy = await FakeSocksProxy.start({ leadsTo: portOf(bare.server) });
    cleanUps.push(() => proxy.stop());
    const user = userOf(await loginOf('by-socks'));
    const cluster = { 'proxy-url': `socks5://127.0.0.1:${proxy.port}` };
    expectArrived(await show(await kubeconfigOf({ cluster, user }), []));
    expect(await arrivalOf('by-socks')).toBeDefined();
    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  test('of HTTP_PROXY is for servers without TLS, as with kubectl', async () => {
    const proxy = await startProxy();
    const kubeconfig = await kubeconfigOf({ user: userOf(await loginOf('by-http-proxy')) });
    expectArrived(await show(kubeconfig, [], { HTTP_PROXY: proxy.url, http_proxy: proxy.url }));
    expect(await arrivalOf('by-http-proxy')).toBeDefined();
    expect(proxy.tunnels).toEqual([]);
  });

  test.each(['HTTPS_PROXY', 'https_proxy'])('of %s does, but not to what NO_PROXY names', async name => {
    const proxy = await startProxy();
    const username = `by-${name}`;
    const server = `https://kubernetes.default.svc:${portOf(bare.server)}`;
    const kubeconfig = await kubeconfigOf({ cluster: { server }, user: userOf(await loginOf(username)) });
    expectArrived(await show(kubeconfig, [], { [name]: proxy.url }));
    expect(await arrivalOf(username)).toBeDefined();
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(server).host]));
    proxy.tunnels.length = 0;
    expectUnreachable(await show(kubeconfig, [], { [name]: proxy.url, NO_PROXY: '.svc' }), 'cannot be reached');
    expect(proxy.tunnels).toEqual([]);
  });
});

describe('requests that are told', () => {
  test('at -v=9 name method, address and status, and nothing of the login', async () => {
    const { certificate, key } = await loginOf('by-telling');
    const program = new LoginProgram({ clientCertificateData: certificate, clientKeyData: key });
    cleanUps.push(() => program.remove());
    await bare.kubectl('create', 'serviceaccount', 'told');
    const token = (await bare.kubectl('create', 'token', 'told')).trim();
    const byProgram = await show(await kubeconfigOf({ user: { exec: program.entry() } }), ['-v=9']);
    const byToken = await show(await kubeconfigOf(), ['-v', '9', '--token', token]);
    const rejected = await show(await kubeconfigOf(), ['-v=9', '--token', 'not-a-token-of-anybody']);
    for (const { stderr } of [byProgram, byToken, rejected]) {
      expect(stderr).toContain(`GET ${bare.server}/apis/kubectl-recover.io/v1alpha1/clusteridentities`);
      expect(stderr).toMatch(/ (401|403|404) in \d+ ms$/m);
    }
    const said = [byProgram, byToken, rejected].map(({ stderr }) => stderr).join('');
    for (const secret of [token, token.split('.')[1] ?? token, key, certificate, 'not-a-token-of-anybody', 'Bearer']) {
      expect(said).not.toContain(secret);
    }
    expect(said).not.toMatch(/PRIVATE KEY|authorization/i);
  });

  test('below -v=6 are not', async () => {
    const kubeconfig = await kubeconfigOf({ user: userOf(await loginOf('by-silence')) });
    expect((await show(kubeconfig, ['-v=5'])).stderr).not.toContain('GET ');
  });
});

/** The kind is there, though no catalogue is: so what is read and written is the API server's own. */
describe('with something to read and to write', () => {
  const inAdmin = (...args: readonly string[]) =>
    runPlugin(['cluster', ...args], { kubeconfigs: [bare.adminKubeconfigPath] });

  const put = async (name: string, spec: object, status?: object): Promise<void> => {
    const identity = { apiVersion: GROUP_VERSION, kind: 'ClusterIdentity', metadata: { name }, spec };
    await bare.kubectl('apply', '-f', await fileOf(JSON.stringify(identity)));
    if (status === undefined) return;
    const patch = ['patch', 'clusteridentity', name, '--subresource=status', '--type=merge', '-p'];
    await bare.kubectl(...patch, JSON.stringify({ status }));
  };

  const lostOf = (name: string): Promise<string> =>
    bare.kubectl('get', 'clusteridentity', name, '-o', 'jsonpath={.spec.lost.reason}');

  let peer: FakeCluster;

  beforeAll(async () => {
    const crds = join(import.meta.dirname, '../../manifests/base/crds');
    await bare.kubectl('apply', '-f', join(crds, 'clusteridentities.yaml'));
    await bare.kubectl('wait', '--for=condition=Established', 'crd/clusteridentities.kubectl-recover.io');
    const self = await FakeCluster.create('bare');
    peer = await FakeCluster.create('peer');
    await put('self', {}, { clusterID: self.id, keys: self.publicKeys() });
    await put('dr', { clusterID: peer.id, keys: peer.publicKeys() });
  });

  test('each of the two contexts of a command has its own cluster, user and proxy', async () => {
    const proxy = await FakeProxy.start({ leadsTo: portOf(bare.server) });
    cleanUps.push(() => proxy.stop());
    const config = parse(await readFile(await kubeconfigOf(), 'utf8'));
    const [{ cluster }] = config.clusters;
    config.clusters.push({ name: 'behind', cluster: { ...cluster, 'proxy-url': proxy.url } });
    for (const name of ['by-source', 'by-destination']) {
      config.users.push({ name, user: userOf(await loginOf(name, ['system:masters'])) });
    }
    config.contexts.push(
      { name: 'source', context: { cluster: 'behind', user: 'by-source' } },
      { name: 'destination', context: { cluster: 'bare', user: 'by-destination' } },
    );
    const trust = ['cluster', 'trust', '--from-context', 'source', '--context', 'destination', '--dry-run=server'];
    const run = async (...flags: readonly string[]) =>
      runPlugin([...trust, ...flags], { kubeconfigs: [await fileOf(stringify(config))] });
    await run();
    expect((await arrivalOf('by-source')).user.groups).toContain('system:masters');
    expect((await arrivalOf('by-destination')).user.groups).toContain('system:masters');
    expect(proxy.tunnels.length).toBeGreaterThan(0);

    // A login on the command line is that of --context: it is never shown to the other cluster.
    const before = (await eventsOf('by-source')).length;
    await bare.kubectl('create', 'serviceaccount', 'for-destination');
    await bare.kubectl(
      ...['create', 'clusterrolebinding', 'for-destination', '--clusterrole=cluster-admin'],
      '--serviceaccount=default:for-destination',
    );
    const token = (await bare.kubectl('create', 'token', 'for-destination')).trim();
    proxy.tunnels.length = 0;
    await run('--token', token, '--server', bare.server);
    expect(await arrivalOf('system:serviceaccount:default:for-destination')).toBeDefined();
    await waitUntil('the source', async () => (await eventsOf('by-source')).length > before, SOON);
    expect(proxy.tunnels.length).toBeGreaterThan(0);

    // Whom a person acts as is one decision.
    await run('--as', 'both-sides', '--as-group', 'system:masters');
    const by = async () => new Set((await eventsOf('both-sides')).map(({ user }) => user.username));
    await waitUntil('both logins', async () => (await by()).size === 2, SOON);
    expect(await by()).toEqual(new Set(['by-source', 'by-destination']));
  });

  test('-o shows it in every form of kubectl that is taken', async () => {
    const json = await inAdmin('keys', '-o', 'json');
    const { items } = JSON.parse(json.stdout) as { readonly items: readonly { readonly kid: string }[] };
    const kids = items.map(({ kid }) => kid);
    expect(kids).toEqual(expect.arrayContaining(peer.publicKeys().map(({ kid }) => kid)));
    expect(parse((await inAdmin('keys', '-o', 'yaml')).stdout)).toEqual(JSON.parse(json.stdout));
    expect((await inAdmin('keys', '-o', 'jsonpath={.items[*].kid}')).stdout.trim()).toBe(kids.join(' '));
    const columns = await inAdmin('keys', '-o', 'custom-columns=KEY:.kid');
    expect(columns.stdout.trimEnd().split('\n')).toEqual(['KEY', ...kids]);
    expect(await inAdmin('keys', '-o', 'wide')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await inAdmin('keys', '-o', 'go-template={{.}}')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('--dry-run=client asks nobody to write, --dry-run=server writes nothing, and -o name names it', async () => {
    const lose = ['declare-lost', 'dr', '--reason', 'fire'];
    expect(await inAdmin(...lose, '--dry-run=client')).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
      stdout: expect.stringContaining('reason: fire'),
    });
    expect(await inAdmin(...lose, '--dry-run=server')).toMatchObject({
      exitCode: 0,
      stdout: 'clusteridentity.kubectl-recover.io/dr would be patched (dry run)\n',
    });
    expect(await lostOf('dr')).toBe('');
    expect(await inAdmin(...lose, '--dry-run=sometimes')).toMatchObject({ exitCode: 2, stdout: '' });
    const written = await inAdmin(...lose, '-o', 'name');
    expect(written).toMatchObject({ exitCode: 0, stdout: 'clusteridentity.kubectl-recover.io/dr\n' });
    expect(written.stderr).toContain('owners of "dr" now recover with');
    expect(await lostOf('dr')).toBe('fire');
  });

  test('-q says nothing but data and errors', async () => {
    expect(await inAdmin('declare-found', 'dr', '-q')).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'clusteridentity.kubectl-recover.io/dr patched\n',
    });
    expect(await inAdmin('declare-found', 'mars', '-q')).toMatchObject({
      ...{ exitCode: 4, stdout: '' },
      stderr: expect.stringContaining('(NotFound)'),
    });
  });

  test('--color and NO_COLOR say whether there is colour', async () => {
    const colored = async (flags: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const args = ['cluster', 'declare-found', 'mars', ...flags];
      const { stderr } = await runPlugin(args, { kubeconfigs: [bare.adminKubeconfigPath], env });
      return stderr.includes('\u001b[');
    };
    expect(await colored([])).toBe(false);
    expect(await colored(['--color=always'])).toBe(true);
    expect(await colored(['--color=never'], { FORCE_COLOR: '1' })).toBe(false);
    expect(await colored([], { NO_COLOR: '1' })).toBe(false);
  });
});

describe('what people are told to run', () => {
  const ROOT = join(import.meta.dirname, '../..');
  const outputs = globSync('test/{golden,e2e/golden}/**/*.txt', { cwd: ROOT });
  const said = [
    ...Object.values(CODE_ADVICE).map(({ mend }) => mend),
    // What mends it stands in lines of their own.
    ...outputs.flatMap(path => readFileSync(join(ROOT, path), 'utf8').match(/^ *do: .*$/gm) ?? []),
  ].join('\n');

  test.each(['kubectl', 'velero'] as const)('of %s is something that it takes', async program => {
    const commands = new Set(namedCommands(said, program).map(words => JSON.stringify(words)));
    const others = [...commands].map(words => JSON.parse(words) as string[]);
    const own = others.filter(([first = '']) => !['recover', 'krew'].includes(first));
    expect(own.length).toBeGreaterThan(1);
    for (const words of own) {
      // Flags and commands that it does not know are an error, with --help too.
      await expect(runCommand(environment.tools.path(program), [...words, '--help'])).resolves.toContain('Usage:');
    }
  });
});
