import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { TestClusterError } from './test-cluster-error.ts';

/** Ports of 127.0.0.1 that nobody else gets until `release` is called, right before their programs bind them. */
export interface PortReservation {
  readonly ports: readonly number[];
  release(): Promise<void>;
}

// Below the range from which kernels take the ports of outgoing connections (Linux 32768, macOS 49152): a program that
// is stopped and started again must find its port free.
const lowestPort = 20_000;
const highestPort = 32_000;
const attemptsPerPort = 50;

/** Throws `NoFreePort` when the loopback address cannot be bound. */
export async function reservePorts(count: number): Promise<PortReservation> {
  const servers: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const { server, port } = await listenSomewhere();
    servers.push(server);
    ports.push(port);
  }
  return {
    ports,
    async release() {
      await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
    },
  };
}

async function listenSomewhere(): Promise<{ server: Server; port: number }> {
  let lastError: unknown;
  for (let attempt = 0; attempt < attemptsPerPort; attempt += 1) {
    const port = randomInt(lowestPort, highestPort);
    try {
      return { server: await listen(port), port };
    } catch (error) {
      lastError = error;
    }
  }
  throw new TestClusterError(
    'NoFreePort',
    `no free port on 127.0.0.1 between ${lowestPort} and ${highestPort} in ${attemptsPerPort} attempts; end what holds them`,
    { cause: lastError },
  );
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
