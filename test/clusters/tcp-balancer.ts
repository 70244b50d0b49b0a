import { connect, createServer, type Socket } from 'node:net';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

/** One loopback address in front of several, for replicas that a Service would stand before in a real cluster. */
export interface TcpBalancer {
  readonly port: number;
  /** Connections carried so far, by `host:port` of the target. */
  connections(): ReadonlyMap<string, number>;
  /** New connections go to these; those that stand stay where they are. */
  setTargets(targets: readonly TcpTarget[]): void;
  /** Ends all connections too. */
  stop(): Promise<void>;
}

/** Round robin; a target that refuses is skipped, and a connection nobody takes is closed. Port 0: a free one. */
export async function startTcpBalancer(targets: readonly TcpTarget[], port = 0): Promise<TcpBalancer> {
  let current = targets;
  let next = 0;
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();

  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  const serve = async (client: Socket) => {
    hold(client);
    // Either side may reset at any time; 'close' follows and takes the other one down.
    client.on('error', () => client.destroy());
    const candidates = current.map((_, offset) => current[(next + offset) % current.length]);
    next += 1;
    for (const target of candidates) {
      if (target === undefined) continue;
      const upstream = await connectOrSkip(target);
      if (upstream === undefined) continue;
      hold(upstream);
      const name = `${target.host}:${target.port}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      upstream.on('error', () => upstream.destroy());
      // An orderly end travels through the pipe, after what is still to be sent; only a reset is passed on at once.
      upstream.once('close', hadError => {
        if (hadError) client.destroy();
      });
      client.once('close', () => upstream.destroy());
      if (client.destroyed) upstream.destroy();
      else client.pipe(upstream).pipe(client);
      return;
    }
    client.destroy();
  };

  const server = createServer({ noDelay: true }, client => void serve(client));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address and a port');

  return {
    port: address.port,
    connections: () => new Map(counts),
    setTargets(changed) {
      current = changed;
    },
    async stop() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function connectOrSkip(target: TcpTarget): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
  // Small messages in two writes would wait 40 ms for each other's acknowledgement (RFC 896 and RFC 1122 §4.2.3.2).
  const socket = connect({ ...target, noDelay: true });
  const skip = () => resolve(undefined);
  socket.once('error', skip);
  socket.once('connect', () => resolve(socket.off('error', skip)));
  return promise;
}
