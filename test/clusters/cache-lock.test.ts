import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withCacheLock } from './cache-lock.ts';

let folder: string;
let lockFile: string;
let said: string[];
const report = (message: string) => said.push(message);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-lock-'));
  lockFile = join(folder, 'lock');
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

test('the lock is there during the action and gone after it', async () => {
  const during = await withCacheLock(lockFile, report, () => readdir(folder));
  expect(during).toEqual(['lock']);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock is gone after an action that failed', async () => {
  const failing = withCacheLock(lockFile, report, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
});

test('a second one waits until the first is done, and says for whom', async () => {
  const order: string[] = [];
  const firstMayEnd = Promise.withResolvers<void>();
  const firstRuns = Promise.withResolvers<void>();
  const first = withCacheLock(lockFile, report, async () => {
    firstRuns.resolve();
    await firstMayEnd.promise;
    order.push('first');
  });
  await firstRuns.promise;
  const second = withCacheLock(
    lockFile,
    message => {
      report(message);
      firstMayEnd.resolve();
    },
    async () => void order.push('second'),
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect(said).toEqual([expect.stringContaining(`process ${process.pid}`)]);
});

test('a lock of a process that is gone is taken over', async () => {
  // The number is this process's own, but it started at another time.
  await writeFile(lockFile, `${process.pid}\t1`);
  expect(await withCacheLock(lockFile, report, async () => 'built')).toBe('built');
  expect(await readdir(folder)).toEqual([]);
});
