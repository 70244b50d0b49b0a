import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FakeSocksSetting {
  /** Port on this machine that every connection leads to, whatever host it names. */
  readonly leadsTo: number;
  /** NAME:PASSWORD that it asks for; absent: none. */
  readonly login?: string;
  /** Status that it answers a connection with (RFC 1928 section 6). */
  readonly status?: number;
}

/** A real SOCKS5 proxy on this machine that keeps what it was asked. */
export class FakeSocksProxy {
  /** Type of address, host in hexadecimal or as a name, and port. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(setting: FakeSocksSetting) {
    this.#server = createServer(socket => {
      this.#keep(socket);
      void this.#serve(socket, setting).catch(() => socket.destroy());
    });
  }

  static async start(setting: FakeSocksSetting): Promise<FakeSocksProxy> {
    const proxy = new FakeSocksProxy(setting);
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  /** Each message of a client comes in one piece on this machine. */
  async #serve(socket: Socket, { leadsTo, login, status = 0 }: FakeSocksSetting): Promise<void> {
    const next = (): Promise<Buffer> => {
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      socket.once('data', resolve);
      socket.once('close', reject);
      return promise;
    };
    const methods = (await next()).subarray(2);
    const method = login === undefined ? 0 : 2;
    if (!methods.includes(method)) {
      socket.end(Buffer.from([5, 0xff]));
      return;
    }
    socket.write(Buffer.from([5, method]));
    if (login !== undefined) {
      const message = await next();
      const nameEnd = 2 + (message[1] ?? 0);
      const given = `${message.subarray(2, nameEnd)}:${message.subarray(nameEnd + 1)}`;
      socket.write(Buffer.from([1, given === login ? 0 : 1]));
      if (given !== login) return;
    }
    const wanted = await next();
    const kind = wanted[3] ?? 0;
    const host = kind === 3 ? wanted.subarray(5, -2).toString('utf8') : wanted.subarray(4, -2).toString('hex');
    this.asked.push(`${kind} ${host} ${wanted.readUInt16BE(wanted.length - 2)}`);
    const answer = Buffer.from([5, status, 0, 1, 127, 0, 0, 1, 0, 0]);
    if (status !== 0) {
      socket.end(answer);
      return;
    }
    const target = connect({ host: '127.0.0.1', port: leadsTo });
    this.#keep(target);
    // A name of the network is answered with one, to see that it is read to its end.
    target.once('connect', () => {
      socket.write(kind === 3 ? Buffer.from([5, 0, 0, 3, 2, 0x61, 0x62, 0, 0]) : answer);
      socket.pipe(target).pipe(socket);
    });
  }
}
