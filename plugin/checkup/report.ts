import { table } from '../render/table.ts';
import type { FindingState } from './finding.ts';
import type { CheckedFinding } from './run-checks.ts';

export type Summary = Readonly<Record<FindingState, number>>;

const STATES: readonly FindingState[] = ['ok', 'warning', 'failed', 'unknown'];

export const summaryOf = (findings: readonly CheckedFinding[]): Summary => {
  const count = (state: FindingState): number => findings.filter(finding => finding.state === state).length;
  return { ok: count('ok'), warning: count('warning'), failed: count('failed'), unknown: count('unknown') };
};

/** "12 ok, 1 warning, 2 failed"; states that did not occur are left out. */
export const summaryText = (summary: Summary): string =>
  STATES.filter(state => summary[state] > 0)
    .map(state => `${summary[state]} ${state}`)
    .join(', ');

/** One line for each finding, and below it what would mend it. */
export const findingsTable = (findings: readonly CheckedFinding[]): string =>
  table(
    ['STATE', 'CHECK', 'WHAT'],
    findings.flatMap(({ state, check, what, mend }) => [
      [state, check, what],
      ...(mend === undefined ? [] : [['', '', `do: ${mend}`]]),
    ]),
  );
