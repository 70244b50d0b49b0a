import { RecoverError } from '../../api/recover-error.ts';
import { Refusal } from '../refusal.ts';
import type { Palette } from './color.ts';

const INDENT = '  ';

const refusalLines = (refusal: Refusal, palette: Palette): string[] => {
  const width = (pick: (check: Refusal['failedChecks'][number]) => string): number =>
    Math.max(...refusal.failedChecks.map(check => pick(check).length));
  const checkWidth = width(({ check }) => check);
  const codeWidth = width(({ code }) => code);
  const lead = INDENT.length + 2 + checkWidth + 2 + codeWidth + 2;
  return refusal.failedChecks.flatMap(({ check, code, message, mend }) => [
    `${INDENT}${palette.bad('x')} ${check.padEnd(checkWidth)}  ${code.padEnd(codeWidth)}  ${message}`,
    ...(mend === undefined ? [] : [`${' '.repeat(lead)}do: ${mend}`]),
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
  if (error instanceof RecoverError) {
    const mend = error.mend === undefined ? [] : [`${INDENT}do: ${error.mend}`];
    return [`${head} ${error.message} (${error.code})`, ...mend, ''].join('\n');
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${head} ${message}\n`;
};

/** The same for scripts, where `-o json` asked for it. */
export const failureJson = (error: unknown): string => {
  const known = error instanceof RecoverError;
  const value = {
    code: known ? error.code : 'InternalError',
    message: error instanceof Error ? error.message : String(error),
    ...(known && error.mend !== undefined ? { mend: error.mend } : {}),
    ...(error instanceof Refusal ? { failedChecks: error.failedChecks } : {}),
  };
  return `${JSON.stringify(value)}\n`;
};
