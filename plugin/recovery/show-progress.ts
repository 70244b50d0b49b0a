import { isCode } from '../../api/codes.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import {
  RECOVERY_CONDITIONS,
  type Recovery,
  type RecoveryStatus,
  type VolumeProgress,
  type WaitingWorkload,
} from '../../api/kinds/recovery.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { saidIn } from '../cluster/translate-error.ts';
import { bytesText } from '../render/bytes.ts';
import type { StepView } from '../render/step-view.ts';
import type { StepDetail } from '../render/steps.ts';

const conditionOf = (status: RecoveryStatus, type: keyof typeof RECOVERY_CONDITIONS) =>
  findCondition(status.conditions, RECOVERY_CONDITIONS[type]);

const NOT_JUDGED =
  'the catalogue has not judged it yet; an operator looks at its pods and log in namespace kubectl-recover-system';

/** A catalogue that runs judges a registration within a second. */
const PATIENCE_MS = 15_000;

const showChecks = (status: RecoveryStatus, view: StepView, ageMs: number): void => {
  const checks = status.checks ?? [];
  const passed = checks.filter(({ outcome }) => outcome === 'Passed').length;
  if (checks.length === 0) view.set('checks', 'running', ageMs > PATIENCE_MS ? NOT_JUDGED : '');
  else view.set('checks', passed === checks.length ? 'done' : 'failed', `${passed} of ${checks.length} passed`);
};

const showToken = (status: RecoveryStatus, view: StepView): void => {
  const issued = conditionOf(status, 'tokenIssued');
  const targets = (status.targets ?? []).map(({ name, reserved }) => (reserved ? `${name} (new)` : name)).join(', ');
  if (issued?.status === 'True') view.set('token', 'done', `issued for ${targets}`);
  else if (issued !== undefined) view.set('token', 'running', issued.message);
};

const notBegun = (phase: string, ahead = 0): string =>
  ahead === 0 ? phase : `${phase}; Velero restores one at a time and has ${ahead} to do first`;

/** What Velero does when it restores no items; of its other phases the items tell. */
const AFTER_ITEMS: Readonly<Record<string, string>> = {
  WaitingForPluginOperations: '; the data of volumes moves',
  WaitingForPluginOperationsPartiallyFailed: '; the data of volumes moves',
  Finalizing: '; Velero finishes',
  FinalizingPartiallyFailed: '; Velero finishes',
};

const volumesDetail = ({ completed, failed, total, bytesDone, totalBytes }: VolumeProgress): StepDetail => {
  const isAll = completed + failed >= total;
  const moved = totalBytes === 0 ? '' : `, ${bytesText(bytesDone)} of ${bytesText(totalBytes)}`;
  return {
    name: 'volumes',
    state: failed > 0 ? 'failed' : isAll ? 'done' : 'running',
    text: `${completed}/${total} restored${failed > 0 ? `, ${failed} failed` : ''}${moved}`,
  };
};

/** So many of the errors of Velero are told; all that are known stand in the Recovery. */
const MAX_FAILURES = 5;

const failureDetails = ({ errors = 0, failures = [] }: Partial<NonNullable<RecoveryStatus['results']>> = {}) => {
  const told = failures.slice(0, MAX_FAILURES).map((text): StepDetail => ({ name: 'error', state: 'failed', text }));
  const others = errors - told.length;
  if (told.length === 0 || others <= 0) return told;
  return [...told, { name: 'errors', state: 'failed', text: `${others} more` } as const];
};

const showRestore = (status: RecoveryStatus, view: StepView): void => {
  const admitted = conditionOf(status, 'admitted');
  if (admitted?.status !== 'True') return;
  view.set('admitted', 'done', `Restore ${status.restoreRef?.name ?? ''}`);
  const { itemsRestored = 0, totalItems = 0, phase = 'New', ahead, volumes } = status.progress ?? {};
  const warnings = status.results?.warnings ?? 0;
  const noted = warnings > 0 ? `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '';
  const items =
    totalItems === 0
      ? notBegun(phase, ahead)
      : `${itemsRestored}/${totalItems} items restored${noted}${AFTER_ITEMS[phase] ?? ''}`;
  const isFailed = phase === 'Failed' || phase === 'PartiallyFailed' || phase === 'FailedValidation';
  const succeeded = conditionOf(status, 'succeeded');
  const holdUp = succeeded?.reason === 'VeleroSilent' ? `: ${succeeded.message}` : '';
  const state = isFailed ? 'failed' : status.restoreCompletionTime ? 'done' : 'running';
  view.set('restored', state, `${items}${holdUp}`, [
    ...(volumes === undefined ? [] : [volumesDetail(volumes)]),
    ...failureDetails(status.results),
  ]);
};

/** So many of the workloads that are waited for are named. */
const MAX_NAMED = 5;

/** A catalogue of before tells no replicas. */
const readyText = ({ ready, wanted }: WaitingWorkload): string =>
  ready === undefined || wanted === undefined ? 'not ready' : `${ready}/${wanted} ready`;

const showWorkloads = (status: RecoveryStatus, view: StepView): void => {
  if (status.workloads === undefined) return;
  const { ready, total, notReady } = status.workloads;
  const gaveUp = conditionOf(status, 'succeeded')?.reason === 'WorkloadsNotReady';
  const state = ready >= total ? 'done' : gaveUp ? 'failed' : 'running';
  const named = notReady.slice(0, MAX_NAMED).map((workload): StepDetail => {
    const { kind, namespace, name } = workload;
    return { name: `${kind} ${namespace}/${name}`, state, text: readyText(workload) };
  });
  const unnamed = total - ready - named.length;
  const more: readonly StepDetail[] = unnamed > 0 ? [{ name: 'others', state, text: `${unnamed} more` }] : [];
  view.set('workloads', state, `${ready} of ${total} ready`, [...named, ...more]);
};

/** Shows where a recovery is, by its status; and if nothing moves, who is waited for. */
export const showProgress = (
  recovery: Pick<Stored<Recovery>, 'status' | 'metadata'>,
  view: StepView,
  now: Date,
): void => {
  const status = recovery.status ?? {};
  showChecks(status, view, now.getTime() - Date.parse(recovery.metadata.creationTimestamp));
  showToken(status, view);
  showRestore(status, view);
  showWorkloads(status, view);
};

/** What a recovery came to: its message, or an error if it ended badly; nothing while it runs. */
export const outcomeOf = (
  recovery: Pick<Recovery, 'status'>,
  { context }: Pick<ClusterAccess, 'context'>,
): string | RecoverError | undefined => {
  const succeeded = conditionOf(recovery.status ?? {}, 'succeeded');
  if (succeeded?.status === 'True') return succeeded.message;
  if (succeeded?.status !== 'False') return undefined;
  const code = isCode(succeeded.reason) ? succeeded.reason : 'InternalError';
  return new RecoverError({ code, ...saidIn(context, succeeded.message) });
};
