import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `npm test`: format and lint, types, unit tests, then everything end to end on real clusters. Ends with the counts of
 * the tests; a test that was skipped, or a suite that ran none, fails the run as well.
 */

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const run = (command: string, args: readonly string[]): Promise<boolean> => {
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

const check = async (name: string, command: string, args: readonly string[]): Promise<boolean> => {
  const passed = await run(command, args);
  if (!passed) say(`${name}: failed`);
  return passed;
};

/** Runs one project of the tests and counts; a report that is missing counts as one failure. */
const suite = async (project: string, folder: string): Promise<Counts> => {
  const file = join(folder, `${project}.json`);
  const ok = await run('vitest', [
    ...['run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  ]);
  try {
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    const failed = report.numFailedTests;
    const silent = failed === 0 && (!ok || !report.success || report.numPassedTests === 0) ? 1 : 0;
    return {
      passed: report.numPassedTests,
      failed: failed + silent,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch (error) {
    say(`project "${project}" left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

const conclude = (counts: readonly Counts[], checksPassed: boolean): number => {
  const sum = (key: keyof Counts): number => counts.reduce((total, each) => total + each[key], 0);
  const skipped = sum('skipped');
  const failed = sum('failed') + (checksPassed ? 0 : 1);
  if (skipped > 0) say(`${skipped} tests were skipped, which is not allowed`);
  say(`\n${sum('passed')} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && skipped === 0 ? 0 : 1;
};

const main = async (): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-test-'));
  try {
    const checks = [
      await check('format and lint', 'biome', ['check', '.']),
      await check('types', 'tsc', ['--noEmit']),
    ].every(Boolean);
    const unit = await suite('unit', folder);
    if (!checks || unit.failed > 0) {
      say('\nthe end-to-end tests are not run before the rest holds');
      return conclude([unit], checks);
    }
    return conclude([unit, await suite('e2e', folder)], checks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
