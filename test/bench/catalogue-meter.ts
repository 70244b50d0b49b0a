import { readFile } from 'node:fs/promises';
import { readReplica, type TestCatalogue } from '../environment/catalogue.ts';
import type { Bucket } from './quantile.ts';

/** What one replica of the catalogue has used and counted since it started. */
export interface Reading {
  /** User and system time of the process (proc_pid_stat(5)). */
  readonly cpuSeconds: number;
  /** Most memory that it ever held, VmHWM of proc_pid_status(5), in units of 10^6 bytes. */
  readonly peakMemoryMb: number;
  readonly gate: GateHistogram;
}

/** `recover_admission_duration_seconds` of Restores that the gate let through. */
export interface GateHistogram {
  readonly buckets: readonly Bucket[];
  readonly sumSeconds: number;
  readonly count: number;
}

/** Linux tells times of processes in hundredths of a second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

const GATE = { endpoint: '/validate/restores', decision: 'allow' };

const cpuSeconds = (stat: string): number => {
  // The second field is the name in parentheses, which may hold anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

const peakMemoryMb = (status: string): number =>
  (Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;

const gateHistogram = (metrics: string): GateHistogram => {
  const lines = metrics
    .split('\n')
    .filter(line => line.startsWith('recover_admission_duration_seconds_'))
    .filter(line => Object.entries(GATE).every(([label, value]) => line.includes(`${label}="${value}"`)));
  const sampleOf = (line: string | undefined): number => Number(line?.split(' ').at(-1) ?? 0);
  const named = (part: string): number => sampleOf(lines.find(line => line.includes(`_seconds_${part}{`)));
  const buckets = lines.flatMap(line => {
    const upTo = /_bucket\{.*\ble="([^"]+)"/.exec(line)?.[1];
    if (upTo === undefined) return [];
    return [{ upTo: upTo === '+Inf' ? Number.POSITIVE_INFINITY : Number(upTo), count: sampleOf(line) }];
  });
  return { buckets, sumSeconds: named('sum'), count: named('count') };
};

/** Reads the meters of the only replica. */
export const readMeter = async ({ replicas, replicaUrls }: TestCatalogue): Promise<Reading> => {
  const pid = replicas[0]?.pid;
  const url = replicaUrls[0];
  if (pid === undefined || url === undefined) throw new Error('the catalogue does not run');
  const [stat, status, metrics] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
    readReplica(url, '/metrics'),
  ]);
  return { cpuSeconds: cpuSeconds(stat), peakMemoryMb: peakMemoryMb(status), gate: gateHistogram(metrics.body) };
};

/** What the gate did between two readings. */
export const gateBetween = (before: GateHistogram, after: GateHistogram): GateHistogram => {
  const earlier = new Map(before.buckets.map(({ upTo, count }) => [upTo, count]));
  return {
    buckets: after.buckets.map(({ upTo, count }) => ({ upTo, count: count - (earlier.get(upTo) ?? 0) })),
    sumSeconds: after.sumSeconds - before.sumSeconds,
    count: after.count - before.count,
  };
};
