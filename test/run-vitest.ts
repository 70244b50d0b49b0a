import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly ancestorTitles: readonly string[];
      readonly status: string;
    }[];
  }[];
}

export interface TestRun {
  /** Whether vitest ended with exit code 0. */
  readonly ok: boolean;
  /** Absent: it ended before it could write one. */
  readonly report?: TestReport;
}

/** Prints a line for people. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs a command in the foreground and tells whether it ended with 0. */
export const run = (command: string, args: readonly string[]): Promise<boolean> => {
  say(`\n> ${command} ${args.join(' ')}`);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('error', error => {
    say(`"${command}" could not be started: ${error.message}`);
    resolve(false);
  });
  child.once('close', exitCode => resolve(exitCode === 0));
  return promise;
};

/** Runs tests in the foreground and reads vitest's report of them. */
export const runVitest = async (...args: readonly string[]): Promise<TestRun> => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-test-'));
  const file = join(folder, 'report.json');
  try {
    const ok = await run('vitest', [
      'run',
      ...args,
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    ]);
    return { ok, report: JSON.parse(await readFile(file, 'utf8')) as TestReport };
  } catch (error) {
    say(`vitest left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { ok: false };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
