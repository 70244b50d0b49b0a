import { digestOf } from '../../api/digest.ts';
import type { RecoveryStatus } from '../../api/kinds/recovery.ts';
import { type RecoveryContext, writeStatus } from './recovery-context.ts';

/** Figures move all the time, and each write of them is read by everyone who follows Recoveries. */
const FIGURES_EVERY_MS = 2_000;

/** What else a status says than how far Velero and the workloads are. */
const withoutFigures = ({ progress, workloads: _, ...rest }: RecoveryStatus): object => ({
  ...rest,
  phase: progress?.phase ?? '',
});

const withoutTime = ({ progress, ...rest }: RecoveryStatus): object => {
  const { updateTime: _, ...figures } = progress ?? {};
  return { ...rest, figures };
};

/** How long figures that moved have to wait until they are written; a clock that went back holds up nothing. */
const pauseMs = (before: RecoveryStatus, after: RecoveryStatus, nowMs: number): number => {
  if (digestOf(withoutFigures(before)) !== digestOf(withoutFigures(after))) return 0;
  const sinceMs = nowMs - Date.parse(before.progress?.updateTime ?? '');
  return sinceMs >= 0 && sinceMs < FIGURES_EVERY_MS ? FIGURES_EVERY_MS - sinceMs : 0;
};

/**
 * Writes how far a recovery is, if that has changed: what happened at once, figures that only moved every two seconds.
 * When that was stands in the status itself, so it holds for all replicas together.
 * @returns when to come back with figures that are not written yet, in milliseconds; 0: all is written
 */
export const writeProgress = async (context: RecoveryContext, status: RecoveryStatus): Promise<number> => {
  const before = context.recovery.status ?? {};
  if (digestOf(withoutTime(status)) === digestOf(withoutTime(before))) return 0;
  const nowMs = context.tools.clock();
  const waitMs = pauseMs(before, status, nowMs);
  if (waitMs > 0) return waitMs;
  const { progress } = status;
  const updateTime = new Date(nowMs).toISOString();
  await writeStatus(context, progress === undefined ? status : { ...status, progress: { ...progress, updateTime } });
  return 0;
};
