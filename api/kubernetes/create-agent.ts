import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ProxyServer } from './proxy.ts';
import { openSocks5 } from './socks5.ts';

/** What TLS to an API server needs; PEM. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** A watch may be silent for long. */
const POOL = { connections: 64, keepAliveTimeout: 60_000, bodyTimeout: 0 };

/** A proxy may have a certificate of the cluster's CA, as kubectl wants it, or one that this machine trusts. */
const proxyTls = ({ ca, rejectUnauthorized }: TlsOptions) => ({
  ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), String(ca)] }),
  ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
});

/** Connections to the proxy. undici sends a server name whatever the proxy's host is, which TLS forbids for an address. */
const proxyPool = (origin: URL, tls: TlsOptions): Dispatcher => {
  const connect = buildConnector(proxyTls(tls));
  const isAddress = isIP(origin.hostname.replaceAll(/^\[|\]$/g, '')) !== 0;
  return new Pool(origin, {
    connect: ({ servername, ...options }, callback) =>
      connect({ ...options, ...(isAddress || servername === undefined ? {} : { servername }) }, callback),
  });
};

const throughSocks5 = (proxy: URL, tls: buildConnector.BuildOptions): buildConnector.connector => {
  const upgrade = buildConnector(tls);
  return (options, callback) => {
    const port = Number(options.port || (options.protocol === 'https:' ? 443 : 80));
    openSocks5(proxy, options.hostname.replaceAll(/^\[|\]$/g, ''), port).then(
      socket => {
        if (options.protocol === 'https:') upgrade({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
};

export interface AgentOptions {
  readonly tls: TlsOptions;
  readonly proxy: ProxyServer | undefined;
  /** Whether a header is sent several times. In HTTP/2 undici makes one value of them: two groups would be one. */
  readonly repeatsHeaders: boolean;
}

/** Connections to one API server, straight or through a proxy. */
export const createAgent = ({ tls, proxy, repeatsHeaders }: AgentOptions): Dispatcher => {
  const pool = { ...POOL, allowH2: !repeatsHeaders };
  if (proxy === undefined) return new Agent({ ...pool, connect: { ...tls } });
  if (proxy.url.protocol === 'socks5:') {
    return new Agent({ ...pool, connect: throughSocks5(proxy.url, { ...tls, allowH2: !repeatsHeaders }) });
  }
  return new ProxyAgent({
    ...pool,
    uri: proxy.url.href,
    requestTls: { ...tls },
    proxyTls: proxyTls(tls),
    clientFactory: origin => proxyPool(origin, tls),
  });
};
