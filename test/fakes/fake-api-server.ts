import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface SeenRequest {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values in turn, so that a header that came twice is seen twice. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** Answers with JSON. */
export const sendJson = (response: ServerResponse, statusCode: number, body: unknown): void => {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A `metav1.Status` as an API server sends it. */
export const failureStatus = (code: number, reason: string, details: Record<string, unknown> = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: `it failed: ${reason}`,
  reason,
  code,
  details,
});

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** A real HTTP or HTTPS server on this machine that plays an API server: it keeps what it was asked and answers as told. */
export class FakeApiServer {
  readonly requests: SeenRequest[] = [];
  /** Client certificates that came with the requests, by common name. */
  readonly clients: (string | undefined)[] = [];
  handler: Handler = (_, response) => sendJson(response, 200, {});
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: 'http' | 'https';

  private constructor(tls: ServerOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.#scheme = tls ? 'https' : 'http';
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(handler?: Handler, tls?: ServerOptions): Promise<FakeApiServer> {
    const fake = new FakeApiServer(tls);
    if (handler) fake.handler = handler;
    const { promise, resolve } = Promise.withResolvers<void>();
    fake.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return fake;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A kubeconfig for this server with one user. */
  kubeConfig(user: Record<string, unknown> = {}, cluster: Record<string, unknown> = {}): KubeConfig {
    const config = new KubeConfig();
    this.logIn(config, user, cluster);
    return config;
  }

  /** Gives a kubeconfig another login for this server. */
  logIn(config: KubeConfig, user: Record<string, unknown>, cluster: Record<string, unknown> = {}): void {
    // client-node speaks plain HTTP only where no certificate is asked for.
    const skipTLSVerify = this.#scheme === 'http';
    config.loadFromClusterAndUser(
      { name: 'fake', server: this.url, skipTLSVerify, ...cluster },
      { name: 'user', ...user },
    );
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.cut();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers, rawHeaders, socket } = request;
    if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function') {
      this.clients.push(socket.getPeerCertificate().subject?.CN);
    }
    const seen = { method, url, headers, rawHeaders, body: await readBody(request) };
    this.requests.push(seen);
    this.handler(seen, response);
  }
}
