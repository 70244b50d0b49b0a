import { availableParallelism, loadavg } from 'node:os';
import { table } from '../../plugin/render/table.ts';
import { histogramQuantile, quantile } from './quantile.ts';
import type { Run } from './run-waves.ts';

/** One line of the table; a figure of the whole run has a value, one of each recovery a median and a 95th percentile. */
export interface Row {
  readonly run: string;
  readonly name: string;
  readonly unit: 'ms' | 's' | 'MB';
  readonly median?: number;
  readonly p95?: number;
  readonly value?: number;
  /** Most that the median, or the value, should be. */
  readonly goal?: number;
}

/** What is kept of a benchmark, as JSON. */
export interface Result {
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  /** Of the last minute before it began: other work on the machine counts against the figures. */
  readonly loadAverage: number;
  readonly rows: readonly Row[];
  /** What a reader of the figures must know. */
  readonly notes: readonly string[];
}

/** Goals of one client, in milliseconds, for the median. */
const GOALS = { accessRequestToGrant: 50, registrationAdmitted: 30, tokenIssued: 100, restoreAdmitted: 20 };
const PEAK_MEMORY_GOAL_MB = 150;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const rowsOf = (run: Run, hasGoals: boolean): Row[] => {
  const ofTimings = (name: keyof Run['timings'][number]): Row => {
    const samples = run.timings.map(timing => timing[name]);
    const [median, p95] = [0.5, 0.95].map(share => rounded(quantile(samples, share), 1));
    return { run: run.name, name, unit: 'ms', ...{ median: median ?? Number.NaN, p95: p95 ?? Number.NaN } };
  };
  const goal = (name: keyof typeof GOALS) => (hasGoals ? { goal: GOALS[name] } : {});
  const gateMs = (share: number): number => rounded(histogramQuantile(run.gate.buckets, share) * 1000, 1);
  return [
    { ...ofTimings('accessRequestToGrant'), ...goal('accessRequestToGrant') },
    { ...ofTimings('registrationAdmitted'), ...goal('registrationAdmitted') },
    { ...ofTimings('tokenIssued'), ...goal('tokenIssued') },
    {
      ...{ run: run.name, name: 'restoreAdmitted', unit: 'ms' },
      ...{ median: gateMs(0.5), p95: gateMs(0.95) },
      ...goal('restoreAdmitted'),
    },
    {
      ...{ run: run.name, name: 'restoreAdmittedMean', unit: 'ms' },
      value: rounded((run.gate.sumSeconds / run.gate.count) * 1000, 1),
    },
    ofTimings('tokenToAdmitted'),
    {
      ...{ run: run.name, name: 'cpuPerRecovery', unit: 's' },
      value: rounded(run.cpuSeconds / run.timings.length, 3),
    },
    {
      ...{ run: run.name, name: 'peakMemory', unit: 'MB' },
      value: rounded(run.peakMemoryMb, 1),
      goal: PEAK_MEMORY_GOAL_MB,
    },
  ];
};

const notesOf = (run: Run): string[] => {
  const measured = run.timings.length;
  const [duration, waited] = [run.durationSeconds, run.waitedSeconds].map(Math.round);
  return [
    `${run.name}: ${measured} recoveries in ${duration} s, ${waited} s of it waiting for Velero, which runs one Restore after another.`,
    ...(measured < run.asked
      ? [`${run.name}: ended after ${measured} of ${run.asked}, without waiting any longer for Velero.`]
      : []),
    ...(run.failed.length > 0 ? [`${run.name}: ${run.failed.length} did not succeed: ${run.failed.join(', ')}.`] : []),
    ...(run.gate.count === measured
      ? []
      : [`${run.name}: the gate admitted ${run.gate.count} Restores for ${measured} recoveries.`]),
  ];
};

const MEANINGS = [
  'restoreAdmitted: the gate itself, from its own histogram, so median and p95 are interpolated within a bucket (10 to 25 ms is one); restoreAdmittedMean is exact.',
  'tokenToAdmitted: what the gate is part of, measured: Restore created through the API server, Recovery read, condition Admitted written and seen.',
  'cpuPerRecovery: of the catalogue, from the first request until the recovery has ended, housekeeping meanwhile included.',
  'peakMemory: of the catalogue since its start (VmHWM), run from its bundle, as it is shipped.',
];

/** The runs as rows; the goals are those of one client, the memory's is everyone's. */
export const resultOf = (
  [oneClient, manyClients]: readonly [Run, Run],
  begun: { readonly date: Date; readonly loadAverage: number },
): Result => ({
  date: begun.date.toISOString(),
  node: process.version,
  cores: availableParallelism(),
  loadAverage: rounded(begun.loadAverage, 2),
  rows: [...rowsOf(oneClient, true), ...rowsOf(manyClients, false)],
  notes: [...notesOf(oneClient), ...notesOf(manyClients), ...MEANINGS],
});

/** When a benchmark begins, and beside what else. */
export const beginning = () => ({ date: new Date(), loadAverage: loadavg()[0] ?? Number.NaN });

/** The result for people. */
export const rendered = ({ rows, notes, node, cores, loadAverage }: Result): string => {
  const cell = (value: number | undefined): string => (value === undefined ? '' : String(value));
  const isMet = ({ median, value, goal }: Row): string => {
    if (goal === undefined) return '';
    return (median ?? value ?? Number.NaN) <= goal ? 'met' : 'missed';
  };
  const lines = rows.map(row => [
    ...[row.run, row.name, row.unit, cell(row.median ?? row.value), cell(row.p95), cell(row.goal)],
    isMet(row),
  ]);
  const titles = ['RUN', 'MEASURE', 'UNIT', 'MEDIAN', 'P95', 'GOAL', ''];
  return `${table(titles, lines)}\nNode ${node}, ${cores} cores, load ${loadAverage} before.\n${notes.join('\n')}\n`;
};
