import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMetrics } from '../observability/metrics.ts';
import { Controller, type ReconcileResult } from './controller.ts';

/** One reconcile that has begun and waits for the test to end it. */
interface Run {
  readonly key: string;
  readonly end: (result?: ReconcileResult) => Promise<void>;
  readonly fail: () => Promise<void>;
}

const metrics = createMetrics();
let runs: Run[];
let begun: string[];
let running: Map<string, number>;
let mostAtOnce: number;

const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

/** Works until told to end, and sees to it that no key is worked on twice at once. */
const reconcile = async (key: string): Promise<ReconcileResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<ReconcileResult>();
  const ending = (end: () => void) => () => {
    end();
    return settle();
  };
  begun.push(key);
  running.set(key, (running.get(key) ?? 0) + 1);
  mostAtOnce = Math.max(
    mostAtOnce,
    [...running.values()].reduce((sum, count) => sum + count),
  );
  expect(running.get(key)).toBe(1);
  runs.push({
    key,
    end: (result = {}) => ending(() => resolve(result))(),
    fail: ending(() => reject(new Error('it failed'))),
  });
  try {
    return await promise;
  } finally {
    running.set(key, 0);
  }
};

const create = (concurrency = 2, work = reconcile): Controller =>
  new Controller({ name: 'test', reconcile: work, concurrency, log: pino({ level: 'silent' }), metrics });

/** The run that has begun last of this key. */
const runOf = (key: string): Run => {
  const run = runs.findLast(candidate => candidate.key === key);
  if (!run) throw new TypeError(`no reconcile of "${key}" has begun`);
  return run;
};

beforeEach(() => {
  vi.useFakeTimers();
  runs = [];
  begun = [];
  running = new Map();
  mostAtOnce = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a queue of keys', () => {
  test('does nothing before it is started, and forgets nothing', async () => {
    const controller = create();
    controller.enqueue('a');
    controller.enqueue('b');
    await settle();
    expect(begun).toEqual([]);
    controller.start();
    expect(begun).toEqual(['a', 'b']);
  });

  test('asks once for what was asked for often', () => {
    const controller = create();
    for (let count = 0; count < 5; count += 1) controller.enqueue('a');
    controller.start();
    expect(begun).toEqual(['a']);
  });

  test('works on a key once at a time; what comes in meanwhile runs once more afterwards', async () => {
    const controller = create(4);
    controller.start();
    controller.enqueue('a');
    for (let count = 0; count < 5; count += 1) controller.enqueue('a');
    await settle();
    expect(begun).toEqual(['a']);
    await runOf('a').end();
    expect(begun).toEqual(['a', 'a']);
    await runOf('a').end();
    expect(begun).toEqual(['a', 'a']);
  });

  test('works on so many keys at once as it may, and on the next as one ends', async () => {
    const controller = create(2);
    controller.start();
    for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key);
    expect(begun).toEqual(['a', 'b']);
    await runOf('b').end();
    expect(begun).toEqual(['a', 'b', 'c']);
    await runOf('a').end();
    await runOf('c').end();
    await runOf('d').end();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    expect(mostAtOnce).toBe(2);
  });

  test('takes a key that always comes again only in its turn', async () => {
    const controller = create(1);
    controller.start();
    controller.enqueue('busy');
    controller.enqueue('patient');
    controller.enqueue('busy');
    await runOf('busy').end();
    expect(begun).toEqual(['busy', 'patient']);
    await runOf('patient').end();
    expect(begun).toEqual(['busy', 'patient', 'busy']);
  });
});

describe('a failure', () => {
  const pauses = [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];

  test('runs again with growing pauses, up to half a minute', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    for (const [index, pause] of pauses.entries()) {
      await runOf('a').fail();
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(begun).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(begun).toHaveLength(index + 2);
    }
  });

  test('is forgotten after a success', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').fail();
    await vi.advanceTimersByTimeAsync(50);
    await runOf('a').fail();
    await vi.advanceTimersByTimeAsync(100);
    await runOf('a').end();
    controller.enqueue('a');
    await runOf('a').fail();
    await vi.advanceTimersByTimeAsync(50);
    expect(begun).toHaveLength(5);
  });

  test('does not keep other keys from running, and is counted', async () => {
    const failures = async () => (await metrics.reconcileErrors.get()).values[0]?.value ?? 0;
    const before = await failures();
    const controller = create(1);
    controller.start();
    controller.enqueue('a');
    controller.enqueue('b');
    await runOf('a').fail();
    expect(begun).toEqual(['a', 'b']);
    await runOf('b').end();
    expect(await failures()).toBe(before + 1);
  });

  test('is not waited for when the key is asked for again', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').fail();
    controller.enqueue('a');
    expect(begun).toHaveLength(2);
    await runOf('a').end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(2);
  });

  test('while the key was asked for again runs at once, and once', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    controller.enqueue('a');
    await runOf('a').fail();
    expect(begun).toHaveLength(2);
    await runOf('a').end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(2);
  });

  test('thrown before the first promise is a failure like any other', async () => {
    let attempts = 0;
    const controller = create(1, () => {
      attempts += 1;
      throw new Error('at once');
    });
    controller.start();
    controller.enqueue('a');
    await vi.advanceTimersByTimeAsync(50);
    expect(attempts).toBe(2);
    await controller.stop();
  });
});

describe('a reconcile that asks to run again', () => {
  test('runs again then', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').end({ againInMs: 5_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(2);
  });

  test('runs once only if something changes before', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').end({ againInMs: 5_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    controller.enqueue('a');
    await runOf('a').end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toHaveLength(2);
  });

  test('with two wishes keeps the later one', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').end({ againInMs: 1_000 });
    controller.enqueue('a');
    await runOf('a').end({ againInMs: 5_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(begun).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(3);
  });
});

describe('stopping', () => {
  test('waits for what is running, and begins nothing more', async () => {
    const controller = create(1);
    controller.start();
    controller.enqueue('a');
    controller.enqueue('a');
    controller.enqueue('b');
    let isStopped = false;
    const stopping = controller.stop().then(() => {
      isStopped = true;
    });
    controller.enqueue('c');
    await settle();
    expect(isStopped).toBe(false);
    await runOf('a').end({ againInMs: 10 });
    await stopping;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits for a failure too, and does not try it again', async () => {
    const controller = create(2);
    controller.start();
    controller.enqueue('a');
    controller.enqueue('b');
    const stopping = controller.stop();
    await runOf('a').fail();
    await runOf('b').end();
    await stopping;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toEqual(['a', 'b']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('lets go of retries that wait', async () => {
    const controller = create();
    controller.start();
    controller.enqueue('a');
    await runOf('a').fail();
    await controller.stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toEqual(['a']);
  });

  test('when nothing runs is done at once, before the start too', async () => {
    const controller = create();
    controller.enqueue('a');
    await controller.stop();
    controller.start();
    await settle();
    expect(begun).toEqual([]);
  });
});
