import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { CATALOGUE_NAMESPACE, WOULD_BE_REFUSED } from '../../api/names.ts';
import { parseWouldBeRefused } from '../../api/would-be-refused.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { createMetrics } from './metrics.ts';
import { Sightings } from './would-be-refused.ts';

let server: FakeObjectServer;
let now: number;

beforeEach(async () => {
  server = await FakeObjectServer.start();
  now = Date.parse('2026-03-02T12:00:00Z');
});

afterEach(async () => {
  await server.stop();
});

const at = { namespace: CATALOGUE_NAMESPACE, name: WOULD_BE_REFUSED };
const bare = { user: 'bob', what: 'create Restore', wall: 1 } as const;

const replica = () => {
  const metrics = createMetrics();
  const log = pino({ level: 'silent' });
  return { metrics, sightings: new Sightings({ client: server.client, log, metrics, clock: () => now }) };
};

const written = () => parseWouldBeRefused(server.find(CORE.configMaps, at));

test('two replicas add to one record', async () => {
  const [a, b] = [replica(), replica()];
  a.sightings.add(bare);
  a.sightings.add(bare);
  await a.sightings.write();
  now += 60_000;
  b.sightings.add(bare);
  b.sightings.add({ ...bare, user: 'carol' });
  await b.sightings.write();
  expect(written()).toMatchObject([
    { user: 'bob', what: 'create Restore', count: 3, last: '2026-03-02T12:01:00.000Z' },
    { user: 'carol', count: 1 },
  ]);
  expect(await a.metrics.registry.metrics()).toContain('recover_would_be_refused_total{wall="1"} 2');
});

test('nothing seen, nothing written; what was written is not written twice', async () => {
  const { sightings } = replica();
  await sightings.write();
  expect(server.writes).toEqual([]);
  sightings.add(bare);
  await sightings.write();
  await sightings.write();
  expect(written()).toMatchObject([{ count: 1 }]);
});

test('what could not be written is written the next time', async () => {
  const { sightings } = replica();
  sightings.add(bare);
  const { handler } = server.api;
  server.api.handler = (_request, response) => {
    response.writeHead(500).end();
  };
  await expect(sightings.write()).rejects.toThrow();
  sightings.add(bare);
  server.api.handler = handler;
  await sightings.write();
  expect(written()).toMatchObject([{ count: 2 }]);
});

test('a record that somebody broke is begun anew', async () => {
  server.put(CORE.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: at, data: { 'entries.json': '{' } });
  const { sightings } = replica();
  sightings.add(bare);
  await sightings.write();
  expect(written()).toMatchObject([{ count: 1 }]);
});
