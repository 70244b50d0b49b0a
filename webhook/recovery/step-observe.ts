import type { Code } from '../../api/codes.ts';
import { findCondition, withCondition } from '../../api/kinds/condition.ts';
import { isConcluded } from '../../api/kinds/is-concluded.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { RecoveryStatus, VolumeProgress } from '../../api/kinds/recovery.ts';
import { DEFAULT_WORKLOAD_TIMEOUT_SECONDS, RECOVERY_CONDITIONS } from '../../api/kinds/recovery.ts';
import { type Restore, TERMINAL_RESTORE_PHASES, VELERO } from '../../api/velero/velero-types.ts';
import { adoptGroup } from './adopt-group.ts';
import { concludeFailed, concludeSucceeded } from './conclude.ts';
import { grantOwners } from './grant-owners.ts';
import { pointChange } from './point-change.ts';
import type { RecoveryContext, Step, StepResult } from './recovery-context.ts';
import { releaseTargets } from './reserve-targets.ts';
import { restoreFailures } from './restore-failures.ts';
import { hasNotBegun, veleroHoldUp } from './velero-hold-up.ts';
import { reportVolumes } from './volumes.ts';
import { reportWorkloads } from './workloads.ts';
import { writeProgress } from './write-progress.ts';

const HELD_UP: Code = 'VeleroSilent';

/** How soon workloads are looked at again. */
const WORKLOADS_AGAIN_MS = 1_000;
/** A Restore that is not followed yet, or whose change was missed, is looked at again after this long. */
const RESTORE_AGAIN_MS = 5_000;
/** Velero moves the data of volumes without a word in the Restore. */
const VOLUMES_AGAIN_MS = 2_000;

const mirror = (
  status: RecoveryStatus,
  { status: seen }: Restore,
  volumes: VolumeProgress | undefined,
): RecoveryStatus => ({
  ...status,
  progress: {
    phase: seen?.phase ?? 'New',
    itemsRestored: seen?.progress?.itemsRestored ?? 0,
    totalItems: seen?.progress?.totalItems ?? 0,
    ...(volumes === undefined ? {} : { volumes }),
  },
  results: {
    warnings: seen?.warnings ?? 0,
    errors: seen?.errors ?? 0,
    ...(seen?.failureReason ? { failureReason: seen.failureReason.slice(0, 4096) } : {}),
  },
});

/** How far the data of volumes is. It is told and judges nothing, so a recovery goes on without it as well. */
const volumesOf = async (
  { recovery, tools, hash }: RecoveryContext,
  restore: Stored<Restore>,
): Promise<VolumeProgress | undefined> => {
  const known = recovery.status?.progress?.volumes;
  // Once Velero is done, nothing of it moves any more.
  if (recovery.status?.restoreCompletionTime !== undefined) return known;
  if (recovery.spec.restore.volumes === 'Skip' || hasNotBegun(restore)) return undefined;
  const { namespace = '', uid } = restore.metadata;
  try {
    return await reportVolumes(tools.client, { namespace, uid });
  } catch (error) {
    tools.log.warn({ recovery: hash, err: error }, 'how far volumes are cannot be read');
    return known;
  }
};

const NOT_BEGUN = new Set(['', 'New']);

/** While Velero has not begun, its owner is told what it does first. */
const withQueue = (status: RecoveryStatus, ahead: number): RecoveryStatus => {
  const { progress } = status;
  return progress && NOT_BEGUN.has(progress.phase) ? { ...status, progress: { ...progress, ahead } } : status;
};

/** What Velero failed on. The outcome is told without it as well: Velero, or the object store, may have gone since. */
const failuresOf = async ({ tools, hash }: RecoveryContext, restore: Stored<Restore>): Promise<readonly string[]> => {
  try {
    return await restoreFailures(tools, restore);
  } catch (error) {
    tools.log.warn({ recovery: hash, err: error }, 'what Velero failed on cannot be read');
    return [];
  }
};

const failureOf = ({ status }: Restore): string =>
  [status?.failureReason, ...(status?.validationErrors ?? [])].filter(Boolean).join('; ') || 'Velero gave no reason';

/** Velero is done: everything that was opened for it is closed again, then the outcome is judged. */
const finish = async (context: RecoveryContext, restore: Stored<Restore>): Promise<StepResult> => {
  const { recovery, tools, hash } = context;
  await releaseTargets(tools.client, hash);
  const completionTime = restore.status?.completionTimestamp ?? new Date(tools.clock()).toISOString();
  const volumes = await volumesOf(context, restore);
  const status = mirror({ ...recovery.status, restoreCompletionTime: completionTime }, restore, volumes);
  const { errors = 0 } = status.results ?? {};
  switch (restore.status?.phase) {
    case 'Completed':
      await grantOwners(context);
      await adoptGroup(context);
      return judgeWorkloads(context, status, restore);
    case 'PartiallyFailed': {
      await grantOwners(context);
      await adoptGroup(context);
      const failures = await failuresOf(context, restore);
      return concludeFailed(
        context,
        {
          code: 'RestorePartiallyFailed',
          message: `Velero restored ${status.progress?.itemsRestored} items and failed on ${errors}`,
          mend: `an operator sees all of them: velero restore describe ${restore.metadata.name} --details`,
        },
        { ...status, results: { warnings: 0, errors, ...status.results, failures: [...failures] } },
      );
    }
    default:
      return concludeFailed(context, { code: 'RestoreFailed', message: failureOf(restore) }, status);
  }
};

const judgeWorkloads = async (
  context: RecoveryContext,
  status: RecoveryStatus,
  restore: Stored<Restore>,
): Promise<StepResult> => {
  const { recovery, tools } = context;
  const namespaces = (status.targets ?? []).map(({ name }) => name);
  const workloads = await reportWorkloads(tools.client, restore.metadata.name, namespaces);
  const next = { ...status, workloads };
  if (workloads.ready >= workloads.total) {
    const message = `${status.progress?.itemsRestored} items restored, ${workloads.ready} of ${workloads.total} workloads ready`;
    return concludeSucceeded(context, message, next);
  }
  const timeoutSeconds = recovery.spec.workloadTimeoutSeconds ?? DEFAULT_WORKLOAD_TIMEOUT_SECONDS;
  const deadlineMs = Date.parse(status.restoreCompletionTime ?? '') + timeoutSeconds * 1000;
  if (tools.clock() >= deadlineMs) {
    const names = workloads.notReady.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).join(', ');
    return concludeFailed(
      context,
      {
        code: 'WorkloadsNotReady',
        message: `everything was restored, but after ${timeoutSeconds} s these are not ready: ${names}`,
        mend: 'look at them with kubectl describe; they may still come up',
      },
      next,
    );
  }
  await writeProgress(context, next);
  return { kind: 'wait', againInMs: WORKLOADS_AGAIN_MS };
};

/** Says aloud what the recovery waits for, and that it does no more. */
const withHoldUp = (context: RecoveryContext, status: RecoveryStatus, restore: Stored<Restore>): RecoveryStatus => {
  const holdUp = veleroHoldUp(context, restore);
  const said = findCondition(status.conditions, RECOVERY_CONDITIONS.succeeded)?.reason === HELD_UP;
  if (holdUp === undefined && !said) return status;
  const condition = {
    type: RECOVERY_CONDITIONS.succeeded,
    status: 'Unknown' as const,
    ...(holdUp === undefined
      ? { reason: 'Running', message: 'Velero restores' }
      : { reason: HELD_UP, message: holdUp.slice(0, 4096) }),
  };
  return { ...status, conditions: withCondition(status.conditions, condition, new Date(context.tools.clock())) };
};

/** Whatever Velero makes of it, the recovery did not come from what was validated; a Restore that waits is taken back. */
const giveUp = async (context: RecoveryContext, restore: Stored<Restore>, change: string): Promise<StepResult> => {
  const { tools, hash } = context;
  if (hasNotBegun(restore)) {
    const { namespace, name, uid } = restore.metadata;
    await tools.client.remove(VELERO.restores, { namespace, name }, { uid });
  }
  await releaseTargets(tools.client, hash);
  return concludeFailed(context, {
    code: 'PointChanged',
    message: change,
    mend: 'look at what was restored, then recover again; an operator finds out who replaced the backup',
  });
};

/** Follows the Restore until Velero is done with it, mirrors what it says, and judges what came of it. */
export const stepObserve: Step = async context => {
  const { recovery, tools } = context;
  if (isConcluded(recovery)) return { kind: 'next', recovery };
  const { restoreRef, admission } = recovery.status ?? {};
  if (restoreRef === undefined) return { kind: 'wait', againInMs: RESTORE_AGAIN_MS };
  const restore = await tools.client.find(VELERO.restores, restoreRef);
  if (restore === undefined || restore.metadata.uid !== admission?.restoreUID) {
    await releaseTargets(tools.client, context.hash);
    return concludeFailed(context, {
      code: 'RestoreGone',
      message: `Restore "${restoreRef.name}" was deleted before it ended`,
      mend: 'recover again; what it restored so far is there',
    });
  }
  const change = await pointChange(context);
  if (change !== undefined) return giveUp(context, restore, change);
  if (TERMINAL_RESTORE_PHASES.has(restore.status?.phase ?? '')) return finish(context, restore);
  const volumes = await volumesOf(context, restore);
  const seen = mirror(recovery.status ?? {}, restore, volumes);
  const ahead = tools.restoresAhead(restore);
  // Behind others it waits for them, not for Velero.
  const told = ahead > 0 ? seen : withHoldUp(context, seen, restore);
  const waitMs = await writeProgress(context, withQueue(told, ahead));
  return { kind: 'wait', againInMs: waitMs || (volumes === undefined ? RESTORE_AGAIN_MS : VOLUMES_AGAIN_MS) };
};
