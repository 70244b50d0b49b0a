import { createInterface } from 'node:readline/promises';
import type { Io } from './io.ts';
import { run } from './run.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());

const ask = async (prompt: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(prompt, { signal: interruption.signal });
  } finally {
    lines.close();
  }
};

const io: Io = {
  stdout: { write: text => void process.stdout.write(text), isTTY: process.stdout.isTTY === true },
  stderr: { write: text => void process.stderr.write(text), isTTY: process.stderr.isTTY === true },
  stdinIsTTY: process.stdin.isTTY === true,
  env: process.env,
  clock: Date.now,
  sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
  question: ask,
  interrupted: interruption.signal,
};

process.exitCode = await run(process.argv.slice(2), io);
