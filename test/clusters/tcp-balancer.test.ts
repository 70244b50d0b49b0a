import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { reservePorts } from './port-reservation.ts';
import { startTcpBalancer, type TcpTarget } from './tcp-balancer.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function startReplica(name: string): Promise<TcpTarget> {
  const [port = 0] = await freePorts(1);
  const server = createServer((_, response) => response.setHeader('connection', 'close').end(name));
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', () => resolve()));
  cleanUps.push(() => new Promise(resolve => server.close(resolve)));
  return { host: '127.0.0.1', port };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const reservation = await reservePorts(count);
  await reservation.release();
  return reservation.ports;
}

async function start(...targets: TcpTarget[]) {
  const balancer = await startTcpBalancer(targets);
  cleanUps.push(() => balancer.stop());
  return balancer;
}

async function ask(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  return response.text();
}

test('connections go round', async () => {
  const [a, b] = [await startReplica('a'), await startReplica('b')];
  const balancer = await start(a, b);
  expect([await ask(balancer.port), await ask(balancer.port), await ask(balancer.port)]).toEqual(['a', 'b', 'a']);
  expect(balancer.connections().get(`127.0.0.1:${a.port}`)).toBe(2);
  expect(balancer.connections().get(`127.0.0.1:${b.port}`)).toBe(1);
});

test('a target that refuses is skipped', async () => {
  const [port = 0] = await freePorts(1);
  const balancer = await start({ host: '127.0.0.1', port }, await startReplica('b'));
  expect([await ask(balancer.port), await ask(balancer.port)]).toEqual(['b', 'b']);
  expect(balancer.connections().has(`127.0.0.1:${port}`)).toBe(false);
});

test('new connections follow changed targets', async () => {
  const balancer = await start(await startReplica('a'));
  expect(await ask(balancer.port)).toBe('a');
  balancer.setTargets([await startReplica('b')]);
  expect(await ask(balancer.port)).toBe('b');
});

test('without a target that answers the connection is closed', async () => {
  const balancer = await start();
  await expect(ask(balancer.port)).rejects.toThrow('fetch failed');
});
