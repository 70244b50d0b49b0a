import { setTimeout as sleep } from 'node:timers/promises';
import { findCondition } from '../../api/kinds/condition.ts';
import { RECOVERY_CONDITIONS } from '../../api/kinds/recovery.ts';
import type { Reporter } from '../clusters/reporter.ts';
import { TestClusterError } from '../clusters/test-cluster-error.ts';
import type { TestCatalogue } from '../environment/catalogue.ts';
import { gateBetween, type Reading, readMeter } from './catalogue-meter.ts';
import { type Course, hasEnded, type Person, type Timing, timedRecovery } from './timed-recovery.ts';

/** What was measured in one run. */
export interface Run {
  readonly name: string;
  /** Recoveries that were asked for. */
  readonly asked: number;
  readonly timings: readonly Timing[];
  readonly gate: Reading['gate'];
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
  readonly durationSeconds: number;
  /** Part of the duration in which nothing was measured and Velero worked. */
  readonly waitedSeconds: number;
  /** Reasons of recoveries that Velero did not bring to a good end; what was measured of them counts all the same. */
  readonly failed: readonly string[];
}

export interface RunOptions {
  readonly name: string;
  readonly people: readonly Person[];
  readonly count: number;
  readonly course: Course;
  readonly catalogue: TestCatalogue;
  readonly report: Reporter;
}

/** So long a run waits for Velero, all its waits together; then it ends with what it has. */
const WAIT_LIMIT_MS = 600_000;

/** After the end the catalogue still writes an Event and takes its finalizer off the Restore. */
const SETTLE_MS = 100;

/** Reasons of the recoveries that failed; nothing if not all ended in time. */
const waitForEnds = async (
  { recoveries }: Course,
  names: readonly string[],
  timeoutMs: number,
): Promise<readonly string[] | undefined> => {
  const ends = await Promise.allSettled(names.map(name => recoveries.first(name, hasEnded, { timeoutMs })));
  for (const name of names) recoveries.forget(name);
  const reasons: string[] = [];
  for (const end of ends) {
    if (end.status === 'rejected') {
      if (end.reason instanceof TestClusterError) return undefined;
      throw end.reason;
    }
    const succeeded = findCondition(end.value.object.status?.conditions, RECOVERY_CONDITIONS.succeeded);
    if (succeeded?.status === 'False') reasons.push(succeeded.reason);
  }
  return reasons;
};

/**
 * Recoveries in waves: everybody begins one at once, then all wait until Velero is done with all of them. Velero runs
 * one Restore after another, for more than a second each, so clients that went on by themselves would soon begin one
 * by one, in Velero's rhythm, and nothing would happen at once any more.
 */
export const runWaves = async (options: RunOptions): Promise<Run> => {
  const { name, people, count, course, catalogue, report } = options;
  const before = await readMeter(catalogue);
  const startedMs = performance.now();
  const timings: Timing[] = [];
  const failed: string[] = [];
  let waitedMs = 0;
  while (timings.length < count) {
    const wave = people.slice(0, count - timings.length);
    const done = await Promise.all(wave.map(person => timedRecovery(person, course)));
    timings.push(...done.map(({ timing }) => timing));
    const waitingMs = performance.now();
    const names = done.map(recovery => recovery.name);
    const reasons = await waitForEnds(course, names, Math.max(1, Math.round(WAIT_LIMIT_MS - waitedMs)));
    waitedMs += performance.now() - waitingMs;
    report(`${name}: ${timings.length} of ${count}, ${Math.round(waitedMs / 1000)} s waited for Velero`);
    if (reasons === undefined) break;
    failed.push(...reasons);
    await sleep(SETTLE_MS);
  }
  const after = await readMeter(catalogue);
  return {
    name,
    asked: count,
    timings,
    failed,
    gate: gateBetween(before.gate, after.gate),
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakMemoryMb: after.peakMemoryMb,
    durationSeconds: (performance.now() - startedMs) / 1000,
    waitedSeconds: waitedMs / 1000,
  };
};
