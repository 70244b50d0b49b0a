import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface FakeProxySetting {
  /** Of an https:// proxy. */
  readonly tls?: ServerOptions;
  /** Port on this machine that every CONNECT leads to, whatever host it names. */
  readonly leadsTo?: number;
  /** HTTP status that it refuses with. */
  readonly refuses?: number;
}

/** A real HTTP proxy on this machine, by CONNECT and for plain HTTP, that keeps what it was asked. */
export class FakeProxy {
  /** Host and port of each CONNECT. */
  readonly tunnels: string[] = [];
  /** Addresses of plain HTTP requests. */
  readonly forwarded: string[] = [];
  /** The Proxy-Authorization of each. */
  readonly logins: (string | undefined)[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #setting: FakeProxySetting;

  private constructor(setting: FakeProxySetting) {
    this.#setting = setting;
    this.#server = setting.tls ? createTlsServer(setting.tls) : createServer();
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (asked: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#tunnel(asked, socket, head),
    );
    this.#server.on('request', (asked, response) => {
      this.forwarded.push(asked.url ?? '');
      this.logins.push(asked.headers['proxy-authorization']);
      asked.pipe(
        request(asked.url ?? '', { method: asked.method, headers: asked.headers }, answer => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }),
      );
    });
  }

  static async start(setting: FakeProxySetting = {}): Promise<FakeProxy> {
    const proxy = new FakeProxy(setting);
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#setting.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  #tunnel({ url = '', headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.tunnels.push(url);
    this.logins.push(headers['proxy-authorization']);
    const { refuses, leadsTo } = this.#setting;
    if (refuses !== undefined) {
      socket.end(`HTTP/1.1 ${refuses} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const target = connect({ host: leadsTo === undefined ? hostname : '127.0.0.1', port: leadsTo ?? Number(port) });
    this.#keep(target);
    target.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      socket.pipe(target).pipe(socket);
    });
  }
}
