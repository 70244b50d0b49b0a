import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMetrics } from '../observability/metrics.ts';
import { createApp } from './app.ts';

let server: Server;
let lines: string[];
let unready: string[];
let isDraining: boolean;
const judge = vi.fn();

const send = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
const post = (body: string): Promise<Response> => send('/judge', { method: 'POST', body });

beforeEach(async () => {
  lines = [];
  unready = [];
  isDraining = false;
  const app = createApp({
    endpoints: { '/judge': judge },
    unready: () => unready,
    isDraining: () => isDraining,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    metrics: createMetrics(),
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server = createServer(app).listen(0, '127.0.0.1', resolve);
  await promise;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['what is no JSON', '{"kind":', 400],
  ['what is larger than two objects can be', JSON.stringify({ a: 'x'.repeat(8_000_000) }), 413],
  ['what is no review', '{"kind":"Pod"}', 400],
])('%s is refused, with a line in the log and without a word of the code', async (_, body, status) => {
  const written = vi.spyOn(console, 'error').mockReturnValue();
  const answer = await post(body);
  expect(answer.status).toBe(status);
  expect(await answer.text()).not.toContain('node_modules');
  expect(judge).not.toHaveBeenCalled();
  expect(lines).toHaveLength(1);
  expect(lines.join('')).not.toContain('xxxx');
  expect(written).not.toHaveBeenCalled();
});

test('what nobody serves is not found', async () => {
  expect((await send('/judge/otherwise', { method: 'POST', body: '{}' })).status).toBe(404);
});

test('it is not ready while something keeps it from deciding, and while it leaves, but lives', async () => {
  expect((await send('/readyz')).status).toBe(200);
  unready = ['backups not up to date'];
  expect(await (await send('/readyz')).text()).toContain('backups not up to date');
  unready = [];
  isDraining = true;
  const leaving = await send('/readyz');
  expect([leaving.status, leaving.headers.get('connection')]).toEqual([503, 'close']);
  expect((await send('/livez')).status).toBe(200);
});
