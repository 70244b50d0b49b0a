import { oneLine } from '../render/cut.ts';
import { adviceLines, hungLines } from '../render/hung-lines.ts';
import { table } from '../render/table.ts';
import { padded, widthOf } from '../render/text-width.ts';
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

const TITLES = ['STATE', 'CHECK', 'WHAT'] as const;

/** What was found is prose: in a terminal its lines go on below the place where they began. */
const findingsLines = (findings: readonly CheckedFinding[], columns: number): string => {
  const [stateTitle, checkTitle, what] = TITLES;
  const stateWidth = Math.max(...[stateTitle, ...findings.map(({ state }) => state)].map(widthOf));
  const checkWidth = Math.max(...[checkTitle, ...findings.map(({ check }) => check)].map(widthOf));
  const lead = (state: string, check: string): string =>
    `${padded(state, stateWidth)}   ${padded(check, checkWidth)}   `;
  return [
    ...hungLines(lead(stateTitle, checkTitle), what, columns),
    ...findings.flatMap(finding => {
      const mend = finding.mend === undefined ? undefined : oneLine(finding.mend);
      return adviceLines(lead(finding.state, finding.check), oneLine(finding.what), mend, columns);
    }),
  ]
    .map(line => `${line}\n`)
    .join('');
};

/** What was found, and below it what would mend it: a table where nobody looks through a terminal of some `columns`. */
export const findingsText = (findings: readonly CheckedFinding[], columns: number | undefined): string =>
  columns === undefined
    ? table(
        TITLES,
        findings.flatMap(({ state, check, what, mend }) => [
          [state, check, what],
          ...(mend === undefined ? [] : [['', '', `do: ${mend}`]]),
        ]),
      )
    : findingsLines(findings, columns);
