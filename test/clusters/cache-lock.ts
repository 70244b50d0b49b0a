import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.ts';
import type { Reporter } from './reporter.ts';

const pollMilliseconds = 200;

/**
 * Runs `action` while this process holds the lock file; waits while another living process holds it, and takes it over
 * from one that is gone. The lock saves work and no more: what it guards must be safe to do twice.
 */
export async function withCacheLock<T>(lockFile: string, report: Reporter, action: () => Promise<T>): Promise<T> {
  await acquire(lockFile, report);
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function acquire(lockFile: string, report: Reporter): Promise<void> {
  let saidWaitingFor: string | undefined;
  while (!(await tryCreate(lockFile))) {
    const content = await readIfThere(lockFile);
    if (content === undefined) continue;
    if (isHolderAlive(content)) {
      if (saidWaitingFor !== content)
        report(`waiting for process ${content.split('\t')[0]}, which builds the same tools`);
      saidWaitingFor = content;
      await sleep(pollMilliseconds);
      continue;
    }
    await removeStale(lockFile);
  }
}

/** Written aside and linked, so that the lock file never exists without its holder in it. */
async function tryCreate(lockFile: string): Promise<boolean> {
  const aside = `${lockFile}.${randomUUID()}`;
  await writeFile(aside, `${process.pid}\t${processIdentity(process.pid)}`, { flag: 'wx' });
  try {
    await link(aside, lockFile);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function isHolderAlive(content: string): boolean {
  const [pid, identity] = content.split('\t');
  return identity !== undefined && processIdentity(Number(pid)) === identity;
}

async function removeStale(lockFile: string): Promise<void> {
  const aside = `${lockFile}.stale.${randomUUID()}`;
  // Renamed, not removed: of two waiters only one gets it. Should it by then be another's fresh lock, both build; see above.
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { force: true });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
