import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { KeyedCertificate } from '../tls/issue-certificate.ts';

export interface HttpsServerOptions {
  readonly listener: RequestListener;
  readonly certificate: KeyedCertificate;
}

/**
 * How long connections are kept. The API server keeps idle ones for 90 s (client-go's transport) and does not
 * repeat a POST on one that was closed under it, so ours must live longer; `headersTimeout` counts on a connection
 * that was dialled in advance and never used.
 */
const KEEP_ALIVE_MS = 120_000;
const REQUEST_MS = 100_000;
const HANDSHAKE_MS = 10_000;
const CHECK_MS = 5_000;

export const createHttpsServer = ({ listener, certificate }: HttpsServerOptions): Server =>
  createServer(
    {
      cert: certificate.certificate,
      key: certificate.privateKey,
      minVersion: 'TLSv1.2',
      // The API server speaks HTTP/1.1 to webhooks only (util/webhook/client.go).
      ALPNProtocols: ['http/1.1'],
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      handshakeTimeout: HANDSHAKE_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    listener,
  );

/** Serves new connections with a renewed certificate; those that are open go on undisturbed. */
export const useCertificate = (server: Server, { certificate, privateKey }: KeyedCertificate): void =>
  server.setSecureContext({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' });

export const listen = (server: Server, host: string, port: number): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve();
  });
  return promise;
};

/** Stops listening, lets what is under way end, and cuts what has not ended by then. */
export const close = (server: Server, patienceMs: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  server.close(() => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
};
