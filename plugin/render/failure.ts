import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { REQUESTS_LEVEL } from '../cluster/connection-flags.ts';
import { mendOf } from '../code-advice.ts';
import { Refusal } from '../refusal.ts';
import type { Palette } from './color.ts';

const INDENT = '  ';

/** What is thrown of another kind is a fault of ours: nobody meant it to be read. */
const faultOf = (error: unknown): Problem => ({
  code: 'InternalError',
  message: error instanceof Error ? error.message : String(error),
  mend: `run it again with -v=${REQUESTS_LEVEL}, which tells each request; if it stays, report it as a fault of the plugin, with that and with what this prints: kubectl recover version`,
});

const problemOf = (error: unknown): Problem => (error instanceof RecoverError ? error : faultOf(error));

const mendLines = (problem: Problem, indent: number): string[] => {
  const mend = mendOf(problem);
  return mend === undefined ? [] : [`${' '.repeat(indent)}do: ${mend}`];
};

const refusalLines = (refusal: Refusal, palette: Palette): string[] => {
  const width = (pick: (check: Refusal['failedChecks'][number]) => string): number =>
    Math.max(...refusal.failedChecks.map(check => pick(check).length));
  const checkWidth = width(({ check }) => check);
  const codeWidth = width(({ code }) => code);
  const lead = INDENT.length + 2 + checkWidth + 2 + codeWidth + 2;
  return refusal.failedChecks.flatMap(failed => [
    `${INDENT}${palette.bad('x')} ${failed.check.padEnd(checkWidth)}  ${failed.code.padEnd(codeWidth)}  ${failed.message}`,
    ...mendLines(failed, lead),
  ]);
};

/** A failure for people: what is wrong, then what would mend it. */
export const failureText = (error: unknown, palette: Palette): string => {
  const head = palette.bad('Error:');
  if (error instanceof Refusal) {
    return [
      `${head} ${error.message}`,
      ...refusalLines(error, palette),
      `nothing was changed. More: kubectl recover explain ${error.code}`,
      '',
    ].join('\n');
  }
  const problem = problemOf(error);
  return [`${head} ${problem.message} (${problem.code})`, ...mendLines(problem, INDENT.length), ''].join('\n');
};

const withMend = <Told extends Problem>(problem: Told): Told => {
  const mend = mendOf(problem);
  return mend === undefined ? problem : { ...problem, mend };
};

/** The same for scripts, where `-o json` asked for it. */
export const failureJson = (error: unknown): string => {
  const { code, message, mend } = problemOf(error);
  const value =
    error instanceof Refusal
      ? { code, message, failedChecks: error.failedChecks.map(withMend) }
      : withMend({ code, message, ...(mend === undefined ? {} : { mend }) });
  return `${JSON.stringify(value)}\n`;
};
