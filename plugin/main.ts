import { createInterface } from 'node:readline/promises';
import { RecoverError } from '../api/recover-error.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());

/** Ctrl-C and Ctrl-D are no answer; without them being told, the program would end in the middle. */
const ask = async (prompt: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.once('close', () =>
    reject(new RecoverError({ code: 'Interrupted', message: 'not answered; nothing was changed' })),
  );
  interruption.signal.addEventListener('abort', () => lines.close());
  lines.question(prompt).then(resolve, () => lines.close());
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
  stdout: { write: text => void process.stdout.write(text), isTTY: process.stdout.isTTY === true },
  stderr: { write: text => void process.stderr.write(text), isTTY: process.stderr.isTTY === true },
  stdinIsTTY: process.stdin.isTTY === true,
  env: process.env,
  clock: Date.now,
  sleep,
  question: ask,
  interrupted: interruption.signal,
};

process.exitCode = await run(process.argv.slice(2), io);
