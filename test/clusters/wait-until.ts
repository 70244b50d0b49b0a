import { setTimeout as sleep } from 'node:timers/promises';
import { TestClusterError } from './test-cluster-error.ts';

export interface WaitOptions {
  readonly timeoutSeconds: number;
  readonly everyMilliseconds?: number;
}

/** Asks again and again until the answer is true; throws `NotReadyInTime` naming `what` when it stays false. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      throw new TestClusterError('NotReadyInTime', `${what}: not so after ${options.timeoutSeconds} s`);
    }
    await sleep(options.everyMilliseconds ?? 100);
  }
}
