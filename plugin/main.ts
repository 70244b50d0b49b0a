import { RecoverError } from '../api/recover-error.ts';
import type { Io } from './io.ts';
import { quickAnswer } from './quick-answer.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());

/** Ctrl-C and Ctrl-D are no answer; without them being told, the program would end in the middle. */
const ask = async (prompt: string): Promise<string> => {
  // Few commands ask; all of them start.
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isAnswered = false;
  lines.once('close', () => {
    if (isAnswered) return;
    // What is told next stands in a line of its own.
    process.stderr.write('\n');
    reject(
      new RecoverError({
        code: 'Interrupted',
        message: 'not answered; nothing was changed',
        mend: 'run the command again and answer; what is asked can be said beforehand: kubectl recover --help',
      }),
    );
  });
  interruption.signal.addEventListener('abort', () => lines.close());
  lines.question(prompt).then(
    answer => {
      isAnswered = true;
      resolve(answer);
    },
    () => lines.close(),
  );
  try {
    return await promise;
  } finally {
    lines.close();
  }
};

/** Ctrl-C ends it early; what waits looks at `interrupted` next. */
const sleep = async (milliseconds: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const wake = (): void => resolve();
  interruption.signal.addEventListener('abort', wake);
  if (interruption.signal.aborted) wake();
  await promise;
  clearTimeout(timer);
  interruption.signal.removeEventListener('abort', wake);
};

const io: Io = {
  stdout: {
    write: text => void process.stdout.write(text),
    isTTY: process.stdout.isTTY === true,
    get columns() {
      return process.stdout.columns;
    },
  },
  stderr: {
    write: text => void process.stderr.write(text),
    isTTY: process.stderr.isTTY === true,
    get rows() {
      return process.stderr.rows;
    },
    get columns() {
      return process.stderr.columns;
    },
  },
  stdinIsTTY: process.stdin.isTTY === true,
  env: process.env,
  clock: Date.now,
  sleep,
  question: ask,
  keyboard: process.stdin.isTTY
    ? async use => {
        const { readKeys } = await import('./read-keys.ts');
        return readKeys(process.stdin, use);
      }
    : undefined,
  interrupted: interruption.signal,
};

/** What `kubectl_complete-recover` calls the plugin with. */
const COMPLETE = '__complete';

const start = async (argv: readonly string[]): Promise<number> => {
  const answer = quickAnswer(argv);
  if (answer !== undefined) {
    io.stdout.write(answer);
    return 0;
  }
  if (argv[0] === COMPLETE) {
    const { complete } = await import('./completion/complete.ts');
    io.stdout.write(await complete(argv.slice(1), io, performance.now()));
    // Whatever is still asked of a cluster, nobody waits for it.
    process.exit(0);
  }
  const { run } = await import('./run.ts');
  return run(argv, io);
};

/** Settled when the command has ended. A bundle that is no ES module cannot wait for it here. */
export const ended = start(process.argv.slice(2)).then(exitCode => {
  process.exitCode = exitCode;
});
