import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { UnreachableError } from './api-error.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal: AbortSignal;
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
  readonly readAt: number;
}

/** The same kubeconfig without what client-node remembers: a file's token for a minute, a plugin's until it says. */
const withoutMemory = ({ clusters, contexts, users, currentContext }: KubeConfig): KubeConfig => {
  const fresh = new KubeConfig();
  fresh.loadFromOptions({ clusters, contexts, users, currentContext });
  return fresh;
};

export interface TransportOptions {
  readonly userAgent: string;
  /** Sent with each request; a list sends the header once for each value, as Impersonate-Group needs. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly clock?: () => number;
}

/**
 * A transport for the current context of a kubeconfig. One agent keeps its connections: client-node makes a new
 * one for each request, which costs a TLS handshake each time.
 */
export const createTransport = (config: KubeConfig, options: TransportOptions): Transport => {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new TypeError('the kubeconfig has no current cluster');
  const server = cluster.server.replace(/\/$/, '');
  const clock = options.clock ?? Date.now;
  let agent: Agent | undefined;
  let agentKey = '';
  let credentials: Credentials | undefined;
  let refreshing: Promise<Credentials> | undefined;
  let login = config;

  const readCredentials = async (force: boolean): Promise<Credentials> => {
    if (force) login = withoutMemory(config);
    const https: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = { headers: {} };
    await login.applyToHTTPSOptions(https);
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = https;
    const connect = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    const defined = Object.fromEntries(Object.entries(connect).filter(([, value]) => value !== undefined));
    const nextKey = JSON.stringify(Object.values(defined).map(String));
    if (!agent || nextKey !== agentKey) {
      // Requests under way keep the old agent until they end.
      void agent?.close();
      agent = new Agent({ connect: defined, connections: 64, keepAliveTimeout: 60_000, bodyTimeout: 0 });
      agentKey = nextKey;
    }
    const headers: Record<string, string | string[]> = { 'user-agent': options.userAgent, accept: 'application/json' };
    for (const [name, value] of Object.entries(https.headers ?? {})) {
      if (typeof value === 'string') headers[name.toLowerCase()] = value;
    }
    if (https.auth) headers['authorization'] = `Basic ${Buffer.from(https.auth).toString('base64')}`;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
    }
    credentials = { headers, readAt: clock() };
    return credentials;
  };

  const currentCredentials = async (force: boolean): Promise<Credentials> => {
    if (!force && credentials && clock() - credentials.readAt < CREDENTIALS_AGE_MS) return credentials;
    refreshing ??= readCredentials(force).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const attempt = async (sent: TransportRequest, force: boolean): Promise<TransportResponse> => {
    const { headers } = await currentCredentials(force);
    try {
      const response = await request(`${server}${sent.path}`, {
        ...(agent ? { dispatcher: agent } : {}),
        method: sent.method,
        headers:
          sent.body === undefined ? headers : { ...headers, 'content-type': sent.contentType ?? 'application/json' },
        body: sent.body ?? null,
        signal: sent.signal,
      });
      return { statusCode: response.statusCode, body: response.body };
    } catch (cause) {
      throw new UnreachableError(`${server} does not answer: ${describe(cause)}`, { cause });
    }
  };

  return {
    server,
    send: async sent => {
      const response = await attempt(sent, false);
      // A token in a file or from a plugin may have been renewed before its time.
      if (response.statusCode !== 401) return response;
      await response.body.dump();
      return attempt(sent, true);
    },
    close: async () => {
      await agent?.destroy();
    },
  };
};

const describe = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'the time for an answer is over';
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause.message;
};
