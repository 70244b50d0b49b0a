import { findCondition } from './condition.ts';
import { RECOVERY_CONDITIONS, type Recovery } from './recovery.ts';

/** Whether the recovery has ended, well or not. */
export const isConcluded = (recovery: Pick<Recovery, 'status'>): boolean => {
  const succeeded = findCondition(recovery.status?.conditions, RECOVERY_CONDITIONS.succeeded);
  return succeeded?.status === 'True' || succeeded?.status === 'False';
};
