import { run, runVitest, say } from './run-vitest.ts';

/**
 * `npm test`: format and lint, types, unit tests, then everything end to end on real clusters, attacks included. Ends
 * with the counts of the tests; a test that was skipped, or a suite that ran none, fails the run as well.
 */

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const check = async (name: string, command: string, args: readonly string[]): Promise<boolean> => {
  const passed = await run(command, args);
  if (!passed) say(`${name}: failed`);
  return passed;
};

/** Runs one project of the tests and counts; a report that is missing, or of no test, counts as one failure. */
const suite = async (project: string): Promise<Counts> => {
  const { ok, report } = await runVitest('--project', project);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests } = report;
  const silent = numFailedTests === 0 && (!ok || !report.success || passed === 0) ? 1 : 0;
  return { passed, failed: numFailedTests + silent, skipped: numPendingTests + numTodoTests };
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
  const checks = [
    await check('format and lint', 'biome', ['check', '.']),
    await check('types', 'tsc', ['--noEmit']),
  ].every(Boolean);
  const unit = await suite('unit');
  if (!checks || unit.failed > 0) {
    say('\nthe end-to-end tests are not run before the rest holds');
    return conclude([unit], checks);
  }
  return conclude([unit, await suite('e2e')], checks);
};

process.exitCode = await main();
