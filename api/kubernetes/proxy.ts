import { ConnectionSetupError } from './api-error.ts';
import { parseNoProxy } from './no-proxy.ts';

/** The proxy on the way to an API server. */
export interface ProxyServer {
  /** http, https or socks5; may hold a name and a password. */
  readonly url: URL;
  /** What named it, for people: `proxy-url` or a variable of the environment. */
  readonly source: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const SCHEMES = ['http:', 'https:', 'socks5:'];

const invalid = (source: string, what: string): ConnectionSetupError =>
  new ConnectionSetupError(
    `the proxy that ${source} names ${what}`,
    `write ${source} as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT`,
  );

/** Of a text that is no address nothing is told: it may hold a password. */
const parseProxy = (text: string, source: string): ProxyServer => {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw invalid(source, 'is no address');
  if (!SCHEMES.includes(url.protocol)) throw invalid(source, `has the scheme "${url.protocol.slice(0, -1)}"`);
  return { url, source };
};

/** The variable that counts, upper case before lower case, as Go has it. */
const variable = (env: Env, name: string): readonly [name: string, value: string] | undefined => {
  const found = [name, name.toLowerCase()].find(each => (env[each] ?? '') !== '');
  return found === undefined ? undefined : [found, env[found] ?? ''];
};

const defaultPort = (server: URL): number => (server.protocol === 'https:' ? 443 : 80);

/**
 * The proxy as kubectl finds it: `proxy-url` of the cluster, whatever NO_PROXY says; else HTTPS_PROXY or HTTP_PROXY.
 * @throws ConnectionSetupError
 */
export const findProxy = (server: URL, proxyUrl: string | undefined, env: Env): ProxyServer | undefined => {
  if (proxyUrl) return parseProxy(proxyUrl, 'proxy-url');
  const [source, text] = variable(env, server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? [];
  if (source === undefined || text === undefined) return undefined;
  const host = server.hostname.replaceAll(/^\[|\]$/g, '');
  const port = server.port === '' ? defaultPort(server) : Number(server.port);
  if (parseNoProxy(variable(env, 'NO_PROXY')?.[1] ?? '')(host, port)) return undefined;
  // Go takes HOST:PORT for http://HOST:PORT in the environment.
  return parseProxy(text.includes('://') ? text : `http://${text}`, source);
};

/** The proxy for people, without name and password. */
export const proxyText = ({ url, source }: ProxyServer): string => `${url.protocol}//${url.host} (${source})`;
