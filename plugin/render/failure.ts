import { type Problem, RecoverError } from '../../api/recover-error.ts';
import { REQUESTS_LEVEL } from '../cluster/connection-flags.ts';
import { mendOf } from '../code-advice.ts';
import { Refusal } from '../refusal.ts';
import type { Palette } from './color.ts';
import { adviceLines, hungLines } from './hung-lines.ts';

const INDENT = '  ';

/** What is thrown of another kind is a fault of ours: nobody meant it to be read. */
const faultOf = (error: unknown): Problem => ({
  code: 'InternalError',
  message: error instanceof Error ? error.message : String(error),
  mend: `run it again with -v=${REQUESTS_LEVEL}, which tells each request; if it stays, report it as a fault of the plugin, with that and with what this prints: kubectl recover version`,
});

const problemOf = (error: unknown): Problem => (error instanceof RecoverError ? error : faultOf(error));

const refusalLines = (refusal: Refusal, palette: Palette, columns: number | undefined): string[] => {
  const width = (pick: (check: Refusal['failedChecks'][number]) => string): number =>
    Math.max(...refusal.failedChecks.map(check => pick(check).length));
  const checkWidth = width(({ check }) => check);
  const codeWidth = width(({ code }) => code);
  return refusal.failedChecks.flatMap(failed => {
    const lead = `${INDENT}${palette.bad('x')} ${failed.check.padEnd(checkWidth)}  ${failed.code.padEnd(codeWidth)}  `;
    return adviceLines(lead, failed.message, mendOf(failed), columns);
  });
};

/** A failure for people: what is wrong, then what would mend it; `columns` of a terminal in which they read it. */
export const failureText = (error: unknown, palette: Palette, columns?: number): string => {
  const head = (message: string) => hungLines(`${palette.bad('Error:')} `, message, columns);
  const textOf = (...lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');
  if (error instanceof Refusal) {
    const more = `nothing was changed. More: kubectl recover explain ${error.code}`;
    return textOf(...head(error.message), ...refusalLines(error, palette, columns), ...hungLines('', more, columns));
  }
  const problem = problemOf(error);
  const mend = mendOf(problem);
  return textOf(
    ...head(`${problem.message} (${problem.code})`),
    ...(mend === undefined ? [] : hungLines(`${INDENT}do: `, mend, columns)),
  );
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
