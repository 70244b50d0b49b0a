import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CORE, type Namespace, type Secret } from '../../api/kubernetes/core-types.ts';
import { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { createTransport } from '../../api/kubernetes/transport.ts';
import { FakeWatchServer, watched } from '../../test/fakes/fake-watch-server.ts';
import { createMetrics } from '../observability/metrics.ts';
import { type Change, Reflector } from './reflector.ts';

const metrics = createMetrics();
const log = pino({ level: 'silent' });

let server: FakeWatchServer;
let client: KubeClient;
let now: number;
let told: string[];
let reflector: Reflector<Namespace, string>;
let waiting: { readonly count: number; readonly done: () => void }[];

/** What is kept of a namespace in these tests: its label `v`, or its version. */
const keep = ({ metadata }: { readonly metadata: Namespace['metadata'] }): string =>
  metadata.labels?.['v'] ?? metadata.resourceVersion ?? '';

const note = (change: Change<string>): void => {
  told.push(`${change.type} ${change.key} ${change.value}`);
  for (const { count, done } of waiting) if (told.length >= count) done();
};

/** Resolves when so many changes have been told in all. */
const changes = (count: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (told.length >= count) resolve();
  else waiting.push({ count, done: resolve });
  return promise;
};

const follow = async (pages: typeof server.pages = [[watched('a', '1'), watched('b', '2')]], resourceVersion = '5') => {
  server.pages = pages;
  server.resourceVersion = resourceVersion;
  await reflector.start();
  return server.nextWatch();
};

const keys = (): string[] => told.map(line => line.slice(0, line.lastIndexOf(' ')));

beforeEach(async () => {
  // The shortest pauses: a half of each.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  server = await FakeWatchServer.start();
  client = new KubeClient(createTransport(server.api.kubeConfig(), { userAgent: 'recover-test' }));
  now = 1_000_000;
  told = [];
  waiting = [];
  reflector = new Reflector<Namespace, string>({
    client,
    type: CORE.namespaces,
    keep,
    log,
    metrics,
    clock: () => now,
  });
  reflector.onChange(note);
});

afterEach(async () => {
  await reflector.stop();
  await client.close();
  await server.stop();
  vi.restoreAllMocks();
});

describe('list', () => {
  test('is read page by page before anything is asked of it', async () => {
    const watch = await follow([[watched('a', '1'), watched('b', '2')], [watched('c', '3')]], '9');
    expect([...reflector.values()]).toEqual(['1', '2', '3']);
    expect(reflector.size).toBe(3);
    expect(reflector.get('b')).toBe('2');
    expect(reflector.get('x')).toBeUndefined();
    expect(server.lists.map(query => query.get('continue'))).toEqual([null, '1']);
    expect(told).toEqual(['set a 1', 'set b 2', 'set c 3']);
    expect(watch.resourceVersion).toBe('9');
    expect(watch.query.get('allowWatchBookmarks')).toBe('true');
  });

  test('is tried again until it is there, and only then is it started', async () => {
    server.listFailures.push(500, 403);
    await follow();
    expect(server.lists).toHaveLength(3);
    expect(reflector.size).toBe(2);
  });

  test('whose next page has expired is begun anew', async () => {
    server.listFailures.push(0, 410);
    await follow([[watched('a', '1')], [watched('b', '2')]]);
    expect(server.lists.map(query => query.get('continue'))).toEqual([null, '1', null, '1']);
    expect([...reflector.values()]).toEqual(['1', '2']);
  });

  test('starting twice is starting once', async () => {
    await Promise.all([follow(), reflector.start()]);
    expect(server.lists).toHaveLength(1);
  });

  test('of namespaced objects is told by namespace and name', async () => {
    const secrets = new Reflector<Secret, string>({
      client,
      type: CORE.secrets,
      namespace: 'shop',
      keep,
      log,
      metrics,
      clock: () => now,
    });
    server.pages = [[watched('key', '1', { namespace: 'shop' })]];
    await secrets.start();
    expect(secrets.get('shop/key')).toBe('1');
    expect(server.api.requests[0]?.url).toMatch(/^\/api\/v1\/namespaces\/shop\/secrets\?/);
    await secrets.stop();
  });
});

describe('watch', () => {
  test('tells what is added, changed and deleted', async () => {
    const watch = await follow();
    watch.send('ADDED', watched('c', '6'));
    watch.send('MODIFIED', watched('a', '7'));
    watch.send('DELETED', watched('b', '8'));
    await changes(5);
    expect(told.slice(2)).toEqual(['set c 6', 'set a 7', 'gone b 2']);
    expect([...reflector.values()].sort()).toEqual(['6', '7']);
  });

  test('tells nothing twice: an ADDED again, a MODIFIED of the same version, a DELETED of what is gone', async () => {
    const watch = await follow();
    watch.send('ADDED', watched('a', '1'));
    watch.send('ADDED', watched('a', '1'));
    watch.send('MODIFIED', watched('b', '2'));
    watch.send('DELETED', watched('x', '6'));
    watch.send('ADDED', watched('c', '7'));
    await changes(3);
    expect(told.slice(2)).toEqual(['set c 7']);
  });

  test('shows what was deleted and made anew as gone and set, even where the deletion was not seen', async () => {
    const watch = await follow();
    watch.send('MODIFIED', watched('a', '6', { uid: 'another' }));
    await changes(4);
    expect(told.slice(2)).toEqual(['gone a 1', 'set a 6']);
  });

  test('understands what comes in pieces, cut inside characters', async () => {
    const watch = await follow();
    const object = watched('c', '6', { labels: { v: 'é€😀' } });
    await watch.trickle(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    await changes(3);
    expect(reflector.get('c')).toBe('é€😀');
  });

  test('understands several events in one piece, and half of one', async () => {
    const watch = await follow();
    const line = (name: string) => `${JSON.stringify({ type: 'ADDED', object: watched(name, '6') })}\n`;
    watch.write(`${line('c')}${line('d')}${line('e').slice(0, 20)}`);
    await changes(4);
    watch.write(line('e').slice(20));
    await changes(5);
    expect(keys()).toEqual(['set a', 'set b', 'set c', 'set d', 'set e']);
  });
});

describe('a watch that ends', () => {
  test('goes on from the version last seen', async () => {
    const watch = await follow();
    watch.send('ADDED', watched('c', '6'));
    await changes(3);
    watch.end();
    const next = await server.nextWatch();
    expect(next.resourceVersion).toBe('6');
    expect(server.lists).toHaveLength(1);
  });

  test('goes on from the last bookmark, which is no object', async () => {
    const watch = await follow();
    watch.bookmark('40');
    watch.end();
    expect((await server.nextWatch()).resourceVersion).toBe('40');
    expect(told).toHaveLength(2);
    expect(reflector.size).toBe(2);
  });

  test('goes on from a deletion too', async () => {
    const watch = await follow();
    watch.send('DELETED', watched('a', '12'));
    await changes(3);
    watch.end();
    expect((await server.nextWatch()).resourceVersion).toBe('12');
  });

  test.each<[string, (watch: Awaited<ReturnType<typeof follow>>) => void]>([
    ['a cut connection', watch => watch.cut()],
    ['a line that is no JSON', watch => watch.write('{"type":"ADDED","object":\n')],
    ['an event in plain text', watch => watch.write('upstream connect error\n')],
    ['an error in the stream', watch => watch.send('ERROR', { code: 500, message: 'etcd is away' })],
    ['an error without code', watch => watch.send('ERROR', {})],
  ])('by %s goes on from the version last seen, with nothing lost', async (_, breakOff) => {
    const watch = await follow();
    watch.send('ADDED', watched('c', '6'));
    await changes(3);
    breakOff(watch);
    const next = await server.nextWatch();
    expect(next.resourceVersion).toBe('6');
    next.send('MODIFIED', watched('c', '7'));
    await changes(4);
    expect(told.slice(2)).toEqual(['set c 6', 'set c 7']);
    expect(server.lists).toHaveLength(1);
  });

  test('in the middle of an event gets that event again', async () => {
    const watch = await follow();
    watch.write(JSON.stringify({ type: 'ADDED', object: watched('c', '6') }).slice(0, 40));
    watch.end();
    const next = await server.nextWatch();
    expect(next.resourceVersion).toBe('5');
    next.send('ADDED', watched('c', '6'));
    await changes(3);
    expect(reflector.get('c')).toBe('6');
  });

  test('is tried again while the server refuses, without listing anew', async () => {
    server.watchFailures.push(500, 429, 503);
    await follow();
    expect(server.lists).toHaveLength(1);
    expect(server.api.requests).toHaveLength(5);
  });
});

test('a server that ends each watch as soon as it began is not asked without a pause', async () => {
  const startedMs = performance.now();
  for (let watch = await follow(), ended = 0; ended < 3; ended += 1, watch = await server.nextWatch()) watch.end();
  expect(performance.now() - startedMs).toBeGreaterThan(3 * 90);
  expect(server.lists).toHaveLength(1);
});

describe('a lost place (410)', () => {
  const relists = async () => {
    const { values } = await metrics.watchRelists.get();
    return values.find(({ labels }) => labels.resource === 'namespaces')?.value ?? 0;
  };

  test.each<[string, (watch: Awaited<ReturnType<typeof follow>>) => void]>([
    ['in the stream', watch => watch.send('ERROR', { code: 410, reason: 'Expired', message: 'too old' })],
    [
      'as the status of the next watch',
      watch => {
        server.watchFailures.push(410);
        watch.end();
      },
    ],
  ])('%s: everything is listed anew and told by what differs', async (_, lose) => {
    const before = await relists();
    const watch = await follow([[watched('a', '1'), watched('b', '2'), watched('c', '3')]]);
    server.pages = [[watched('a', '1'), watched('b', '22'), watched('d', '4')]];
    server.resourceVersion = '30';
    lose(watch);
    const next = await server.nextWatch();
    expect(next.resourceVersion).toBe('30');
    expect(told.slice(3)).toEqual(['set b 22', 'set d 4', 'gone c 3']);
    expect(await relists()).toBe(before + 1);
  });

  test('shows what was made anew meanwhile as gone and set', async () => {
    const watch = await follow();
    server.pages = [[watched('a', '9', { uid: 'another' }), watched('b', '2')]];
    watch.send('ERROR', { code: 410 });
    await server.nextWatch();
    expect(told.slice(2)).toEqual(['gone a 1', 'set a 9']);
  });

  test('keeps what is held while the new list cannot be had', async () => {
    const watch = await follow();
    server.listFailures.push(500, 500);
    watch.send('ERROR', { code: 410 });
    await server.nextWatch();
    expect(server.lists).toHaveLength(4);
    expect(told).toHaveLength(2);
    expect(reflector.size).toBe(2);
  });
});

describe('freshness', () => {
  test('there is none before the first list', async () => {
    expect(reflector.isFresh()).toBe(false);
    await follow();
    expect(reflector.isFresh()).toBe(true);
    expect(reflector.ageMs()).toBe(0);
  });

  test('is lost without a word for 140 s, and comes back with the next', async () => {
    const watch = await follow();
    now += 139_999;
    expect(reflector.isFresh()).toBe(true);
    now += 1;
    expect(reflector.isFresh()).toBe(false);
    watch.send('ADDED', watched('c', '6'));
    await changes(3);
    expect(reflector.isFresh()).toBe(true);
  });

  test('is kept by bookmarks alone', async () => {
    const watch = await follow();
    now += 139_000;
    watch.bookmark('50');
    watch.send('ADDED', watched('c', '51'));
    await changes(3);
    now += 139_000;
    expect(reflector.isFresh()).toBe(true);
  });

  test('is lost when a broken watch is not mended within 10 s, and comes back when it is', async () => {
    const watch = await follow();
    const failed = server.api.requests.length;
    server.watchFailures.push(500, 500, 500);
    watch.cut();
    await vi.waitUntil(() => server.api.requests.length > failed, { interval: 5 });
    now += 10_000;
    expect(reflector.isFresh()).toBe(true);
    now += 1;
    expect(reflector.isFresh()).toBe(false);
    await server.nextWatch();
    await vi.waitUntil(() => reflector.isFresh(), { interval: 5 });
  });
});

describe('stopping', () => {
  test('ends an open watch, and no change is told after it', async () => {
    const watch = await follow();
    await reflector.stop();
    watch.send('ADDED', watched('c', '6'));
    expect(told).toHaveLength(2);
    expect(server.api.requests).toHaveLength(2);
  });

  test('ends a pause after a failure', async () => {
    const watch = await follow();
    server.watchFailures.push(...Array.from({ length: 50 }, () => 500));
    watch.cut();
    await vi.waitUntil(() => server.api.requests.length > 2, { interval: 5 });
    await reflector.stop();
    const { length } = server.api.requests;
    expect(length).toBeLessThan(50);
  });
});
