import { KubeConfig } from '@kubernetes/client-node';
import { type Dispatcher, request } from 'undici';
import { UnreachableError } from './api-error.ts';
import { createAgent, type TlsOptions } from './create-agent.ts';
import type { ExecCluster, LoginTerminal } from './exec-credential.ts';
import { createExecLogin, type ExecLogin } from './exec-login.ts';
import { findProxy, type ProxyServer, proxyText } from './proxy.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** JSON unless told. */
  readonly accept?: string;
  /** Ends a watch, which is bound by no time. */
  readonly signal?: AbortSignal;
  /** Longest wait for the whole answer, in milliseconds; the time that a person takes to log in does not count. */
  readonly timeoutMs?: number;
}

export interface TransportResponse {
  readonly statusCode: number;
  readonly body: Dispatcher.ResponseData['body'];
}

/** HTTP to one API server with one login. */
export interface Transport {
  readonly server: string;
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** How long credentials from a file or a plugin are used before they are asked for again, in milliseconds. */
const CREDENTIALS_AGE_MS = 60_000;

interface Credentials {
  readonly headers: Record<string, string | string[]>;
  /** Milliseconds since the epoch. */
  readonly goodUntil: number;
}

/** Nobody to answer a login program; its stderr is of no use. */
const NO_TERMINAL: LoginTerminal = { stdinIsTTY: false, say: () => undefined };

export interface TransportOptions {
  readonly userAgent: string;
  /** Sent with each request; a list sends the header once for each value, as Impersonate-Group needs. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly clock?: () => number;
  /** Where HTTPS_PROXY and its like are looked up; absent: they are not. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
  /** Where a login program of the kubeconfig runs; absent: without a terminal. */
  readonly terminal?: LoginTerminal;
  /** What the kubeconfig has for login programs of this cluster: its extension `client.authentication.k8s.io/exec`. */
  readonly execConfig?: unknown;
}

interface Login {
  readonly config: KubeConfig;
  readonly exec: ExecLogin | undefined;
}

/**
 * The kubeconfig for client-node, which runs login programs without KUBERNETES_EXEC_INFO and a terminal and makes
 * agents of its own for a proxy: both are ours. A new one remembers nothing: client-node keeps a file's token for a
 * minute.
 */
const openLogin = (
  config: KubeConfig,
  isNew: boolean,
  openExec: (entry: unknown, user: string) => ExecLogin,
): Login => {
  const user = config.getCurrentUser();
  const hasProgram = Boolean(user?.exec);
  const exec = user && hasProgram ? openExec(user.exec, user.name) : undefined;
  if (!isNew && !hasProgram && !config.getCurrentCluster()?.proxyUrl) return { config, exec };
  const fresh = new KubeConfig();
  fresh.loadFromOptions({
    clusters: config.clusters.map(({ proxyUrl: _, ...cluster }) => cluster),
    contexts: config.contexts,
    users: hasProgram ? config.users.map(({ exec: _, ...rest }) => rest) : config.users,
    currentContext: config.currentContext,
  });
  return { config: fresh, exec };
};

const execCluster = (config: KubeConfig, ca: TlsOptions['ca'], execConfig: unknown): ExecCluster => {
  const { server = '', tlsServerName, skipTLSVerify, proxyUrl } = config.getCurrentCluster() ?? {};
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
    ...(execConfig === undefined ? {} : { config: execConfig }),
  };
};

/** HTTP carries bytes: a name beyond ASCII goes as UTF-8, as kubectl sends it. */
const headerBytes = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

/**
 * A transport for the current context of a kubeconfig. One agent keeps its connections: client-node makes a new
 * one for each request, which costs a TLS handshake each time.
 */
export const createTransport = (config: KubeConfig, options: TransportOptions): Transport => {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new TypeError('the kubeconfig has no current cluster');
  const server = cluster.server.replace(/\/$/, '');
  const clock = options.clock ?? Date.now;
  const repeatsHeaders = Object.values(options.headers ?? {}).some(value => Array.isArray(value) && value.length > 1);
  let agent: Dispatcher | undefined;
  let agentKey = '';
  let proxy: ProxyServer | undefined;
  let credentials: Credentials | undefined;
  let refreshing: Promise<Credentials> | undefined;
  let login: Login | undefined;

  const openExec = (entry: unknown, user: string): ExecLogin =>
    createExecLogin(entry, user, options.terminal ?? NO_TERMINAL, clock);

  const connectWith = (tls: TlsOptions): void => {
    const nextKey = JSON.stringify(Object.values(tls).map(String));
    if (agent && nextKey === agentKey) return;
    // Requests under way keep the old agent until they end.
    void agent?.close();
    // Of an address that is none the request tells.
    const address = URL.parse(server);
    proxy = address === null ? undefined : findProxy(address, cluster.proxyUrl, options.proxyEnv ?? {});
    agent = createAgent({ tls, proxy, repeatsHeaders });
    agentKey = nextKey;
  };

  const readCredentials = async (force: boolean): Promise<Credentials> => {
    if (force || login === undefined) login = openLogin(config, force, openExec);
    const https: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = { headers: {} };
    await login.config.applyToHTTPSOptions(https);
    const headers: Record<string, string | string[]> = { 'user-agent': options.userAgent, accept: 'application/json' };
    for (const [name, value] of Object.entries(https.headers ?? {})) {
      if (typeof value === 'string') headers[name.toLowerCase()] = value;
    }
    if (https.auth) headers['authorization'] = `Basic ${Buffer.from(https.auth).toString('base64')}`;
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = https;
    let tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    let goodUntil = clock() + CREDENTIALS_AGE_MS;
    // As client-go has it, a token or certificate that stands in the kubeconfig comes before its program.
    if (login.exec !== undefined && headers['authorization'] === undefined && cert === undefined) {
      const given = await login.exec.get(execCluster(config, asPem(ca), options.execConfig), force);
      if (given.token !== undefined) headers['authorization'] = `Bearer ${given.token}`;
      tls = { ...tls, ...given.clientCertificate };
      goodUntil = Math.min(clock() + CREDENTIALS_AGE_MS, given.expiryTime ?? Number.POSITIVE_INFINITY);
    }
    connectWith(Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)));
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers[name.toLowerCase()] = typeof value === 'string' ? headerBytes(value) : value.map(headerBytes);
    }
    credentials = { headers, goodUntil };
    return credentials;
  };

  /** Credentials that are good as far as one can know; after a refusal others than those that were refused. */
  const currentCredentials = async (refused: Credentials | undefined): Promise<Credentials> => {
    const force = refused !== undefined && refused === credentials;
    if (!force && credentials && clock() < credentials.goodUntil) return credentials;
    refreshing ??= readCredentials(force).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const attempt = async (sent: TransportRequest, used: Credentials): Promise<TransportResponse> => {
    const { headers } = used;
    const timeout = sent.timeoutMs === undefined ? null : AbortSignal.timeout(sent.timeoutMs);
    try {
      const response = await request(`${server}${sent.path}`, {
        ...(agent ? { dispatcher: agent } : {}),
        method: sent.method,
        headers: {
          ...headers,
          ...(sent.accept === undefined ? {} : { accept: sent.accept }),
          ...(sent.body === undefined ? {} : { 'content-type': sent.contentType ?? 'application/json' }),
        },
        body: sent.body ?? null,
        signal: sent.signal ?? timeout,
      });
      return { statusCode: response.statusCode, body: response.body };
    } catch (cause) {
      const way = proxy === undefined ? '' : ` through the proxy ${proxyText(proxy)}`;
      throw new UnreachableError(`${server} does not answer${way}: ${describe(cause)}`, { cause });
    }
  };

  return {
    server,
    send: async sent => {
      const used = await currentCredentials(undefined);
      const response = await attempt(sent, used);
      // A token in a file or from a plugin may have been renewed before its time.
      if (response.statusCode !== 401) return response;
      await response.body.dump();
      return attempt(sent, await currentCredentials(used));
    },
    close: async () => {
      await agent?.destroy();
    },
  };
};

const asPem = (ca: unknown): TlsOptions['ca'] => (typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : undefined);

const describe = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'the time for an answer is over';
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  const [, status] = /^Proxy response \((\d+)\)/.exec(cause.message) ?? [];
  if (status !== undefined) return `the proxy refuses with HTTP ${status}`;
  return cause.message;
};
