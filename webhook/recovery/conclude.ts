import type { Code } from '../../api/codes.ts';
import { withCondition } from '../../api/kinds/condition.ts';
import { RECOVERY_CONDITIONS, type RecoveryStatus } from '../../api/kinds/recovery.ts';
import type { Problem } from '../../api/recover-error.ts';
import { type RecoveryContext, type StepResult, writeStatus } from './recovery-context.ts';

const conclude = async (
  context: RecoveryContext,
  status: RecoveryStatus,
  succeeded: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string },
): Promise<StepResult> => {
  const { tools, recovery, hash } = context;
  const conditions = withCondition(
    status.conditions,
    { type: RECOVERY_CONDITIONS.succeeded, ...succeeded, message: succeeded.message.slice(0, 4096) },
    new Date(tools.clock()),
  );
  const written = await writeStatus(context, { ...status, conditions });
  const outcome = succeeded.status === 'True' ? 'succeeded' : 'failed';
  tools.metrics.recoveries.inc({ outcome, code: succeeded.reason });
  tools.log.info(
    { recovery: hash, outcome, code: succeeded.reason, requester: recovery.spec.requester?.username },
    'recovery ended',
  );
  await tools.events.tell(written, outcome === 'succeeded' ? 'RecoverySucceeded' : succeeded.reason, succeeded.message);
  return { kind: 'next', recovery: written };
};

/** Ends a recovery that did not come to what was asked for. `status` is what else is to be written with it. */
export const concludeFailed = (
  context: RecoveryContext,
  problem: Problem & { readonly code: Code },
  status: RecoveryStatus = context.recovery.status ?? {},
): Promise<StepResult> =>
  conclude(context, status, {
    status: 'False',
    reason: problem.code,
    message: problem.mend === undefined ? problem.message : `${problem.message} — ${problem.mend}`,
  });

/** Ends a recovery that restored everything and whose workloads came up. */
export const concludeSucceeded = (
  context: RecoveryContext,
  message: string,
  status: RecoveryStatus = context.recovery.status ?? {},
): Promise<StepResult> => conclude(context, status, { status: 'True', reason: 'Recovered', message });
