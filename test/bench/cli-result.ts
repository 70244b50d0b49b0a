import { availableParallelism } from 'node:os';
import { table } from '../../plugin/render/table.ts';
import { quantile } from './quantile.ts';

/** One measure against what it is held to. */
export interface CliRow {
  readonly name: string;
  readonly medianMs: number;
  /** What it is compared with, and that one's median, or the time it may take. */
  readonly against: string;
  readonly againstMs: number;
  /** `medianMs` by `againstMs`. */
  readonly ratio: number;
  /** Most that the ratio should be. */
  readonly limit: number;
}

export interface CliResult {
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  /** Of the last minute before it began and after it ended: other work on the machine counts against the figures. */
  readonly loadAverage: readonly [before: number, after: number];
  readonly rounds: number;
  readonly rows: readonly CliRow[];
}

const rounded = (value: number): number => Number(value.toFixed(2));

export const cliRow = (
  name: string,
  samples: readonly number[],
  against: string,
  others: readonly number[],
  limit: number,
): CliRow => {
  const [medianMs, againstMs] = [quantile(samples, 0.5), quantile(others, 0.5)];
  const ratio = rounded(medianMs / againstMs);
  return { name, medianMs: rounded(medianMs), against, againstMs: rounded(againstMs), ratio, limit };
};

export const cliResult = (
  rows: readonly CliRow[],
  { rounds, date, loadAverage }: Pick<CliResult, 'rounds' | 'loadAverage'> & { readonly date: Date },
): CliResult => ({
  date: date.toISOString(),
  node: process.version,
  cores: availableParallelism(),
  loadAverage: [rounded(loadAverage[0]), rounded(loadAverage[1])],
  rounds,
  rows,
});

/** The result for people. */
export const renderedCli = ({ rows, rounds, node, cores, loadAverage: [before, after] }: CliResult): string => {
  const lines = rows.map(({ name, medianMs, against, againstMs, ratio, limit }) => [
    ...[name, `${medianMs} ms`, against, `${againstMs} ms`, String(ratio), String(limit)],
    ratio <= limit ? 'met' : 'missed',
  ]);
  const titles = ['MEASURE', 'MEDIAN', 'AGAINST', 'MEDIAN', 'RATIO', 'LIMIT', ''];
  return `${table(titles, lines)}\nMedians of ${rounds} rounds in turn; Node ${node}, ${cores} cores, load ${before} before and ${after} after.\n`;
};
