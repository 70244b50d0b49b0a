import type { Reporter } from '../clusters/reporter.ts';

/** Below this it is the same Ctrl-C: npm forwards the signal that the terminal has already sent to the whole group. */
const SAME_INTERRUPTION_MS = 1000;

/** Aborts at the first Ctrl-C or SIGTERM; a second one ends this process at once, and the watchdog the programs. */
export const listenForInterruption = (report: Reporter): AbortSignal => {
  const controller = new AbortController();
  let firstAt = 0;
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > SAME_INTERRUPTION_MS) process.exit(130);
      return;
    }
    firstAt = performance.now();
    report('\nstopping; once more to end at once');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
};

/** Resolves when the signal is aborted, and keeps the process alive until then. */
export const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  // Listening for a signal does not keep a process alive; a timer does.
  const alive = setInterval(() => undefined, 2 ** 30);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearInterval(alive);
};
