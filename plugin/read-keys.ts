/** Waits for what is typed next: one key, or several that came at once; Ctrl-C once the terminal is gone. */
export type NextKeys = () => Promise<string>;

const ENDING_SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Reads single keys of the terminal as long as `use` runs. Whatever ends it, an error, a signal or the end of the
 * program, the terminal is put back: a shell on a raw terminal shows nothing of what is typed.
 */
export const readKeys = async <Answer>(
  stdin: NodeJS.ReadStream,
  use: (nextKeys: NextKeys) => Promise<Answer>,
): Promise<Answer> => {
  const typed: string[] = [];
  let wake = (): void => undefined;
  let hasEnded = false;
  const onData = (chunk: Buffer): void => {
    typed.push(chunk.toString('utf8'));
    wake();
  };
  const onEnd = (): void => {
    hasEnded = true;
    wake();
  };
  const putBack = (): void => void stdin.setRawMode(false);
  const onSignal = (signal: NodeJS.Signals): void => {
    putBack();
    for (const each of ENDING_SIGNALS) process.off(each, onSignal);
    // Ends the program as if nobody had listened.
    process.kill(process.pid, signal);
  };
  const nextKeys: NextKeys = async () => {
    if (typed.length === 0 && !hasEnded) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    // A terminal that is gone is left.
    return typed.shift() ?? '\u0003';
  };
  process.once('exit', putBack);
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  stdin.setRawMode(true);
  stdin.on('data', onData).once('end', onEnd).resume();
  try {
    return await use(nextKeys);
  } finally {
    putBack();
    stdin.off('data', onData).off('end', onEnd).pause();
    process.off('exit', putBack);
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
  }
};
