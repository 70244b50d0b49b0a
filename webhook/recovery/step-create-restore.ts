import { type Code, isCode } from '../../api/codes.ts';
import { restoreName } from '../../api/digest.ts';
import { withCondition } from '../../api/kinds/condition.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type RecoveryStatus } from '../../api/kinds/recovery.ts';
import { ApiError, isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { neverRestored, restoreSpec } from '../../api/velero/restore-spec.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import { concludeFailed } from './conclude.ts';
import { type RecoveryContext, type Step, type StepResult, writeStatus } from './recovery-context.ts';

/** Codes of the gate after which the recovery is validated and signed once more, rather than given up. */
const SIGN_AGAIN: ReadonlySet<Code> = new Set(['TokenExpired', 'ValidationChanged', 'RestoreMismatch']);
/** Codes after which the same Restore is tried again. */
const TRY_AGAIN: ReadonlySet<Code> = new Set(['StateUnavailable', 'InternalError']);

const SIGN_AGAIN_MS = 200;
/** Between tries while an earlier create of ours may still be on its way. */
const IN_FLIGHT_AGAIN_MS = 1_000;

const restoreOf = ({ recovery, hash, tools }: RecoveryContext): Restore | undefined => {
  const { point, targets, recoveryToken, restoreRef } = recovery.status ?? {};
  if (!point || !targets || !recoveryToken || !restoreRef) return undefined;
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: {
      name: restoreName(recovery.metadata.name),
      namespace: restoreRef.namespace,
      annotations: { [ANNOTATIONS.recoveryToken]: recoveryToken },
      labels: { [LABELS.recovery]: hash },
      finalizers: [RESTORE_FINALIZER],
    },
    spec: restoreSpec({
      choice: recovery.spec.restore,
      backupName: point.backup,
      sourceNamespaces: targets.map(({ source }) => source),
      neverRestored: neverRestored(tools.state.servedResources()),
    }),
  };
};

/** Notes that the Restore is stored: from now on its token is used, whatever comes of it. */
const noteStored = async (context: RecoveryContext, restore: Stored<Restore>): Promise<StepResult> => {
  const { tools, recovery } = context;
  // The gate has written to the Recovery while the Restore was created.
  const current = await tools.client.get(OWN.recoveries, recovery.metadata);
  const now = new Date(tools.clock());
  const status: RecoveryStatus = {
    ...current.status,
    admission: {
      time: current.status?.admission?.time ?? now.toISOString(),
      restoreUID: restore.metadata.uid,
      stored: true,
    },
    conditions: withCondition(
      current.status?.conditions,
      {
        type: RECOVERY_CONDITIONS.admitted,
        status: 'True',
        reason: 'RestoreStored',
        message: `Restore "${restore.metadata.name}" was admitted`,
      },
      now,
    ),
  };
  const written = await writeStatus({ ...context, recovery: current }, status);
  await tools.events.tell(written, 'RecoveryAdmitted', `Velero restores from "${status.point?.backup}"`);
  return { kind: 'next', recovery: written };
};

const refusedByGate = async (context: RecoveryContext, error: ApiError): Promise<StepResult> => {
  const { recovery, tools, hash } = context;
  const code = error.causes.map(({ reason }) => reason).find(isCode);
  if (code === undefined || TRY_AGAIN.has(code)) throw error;
  if (code === 'TokenUsed') return lookWhoUsedIt(context);
  tools.log.warn({ recovery: hash, code }, 'the gate refused the Restore');
  if (!SIGN_AGAIN.has(code))
    return concludeFailed(context, { code, message: error.causes[0]?.message ?? error.message });
  const { recoveryToken: _, ...status } = recovery.status ?? {};
  await writeStatus(context, status);
  return { kind: 'wait', againInMs: SIGN_AGAIN_MS };
};

/** The name is taken, or will be: by the Restore of another replica or of a crash before, or by a foreign one. */
const lookWhoUsedIt = async (context: RecoveryContext): Promise<StepResult> => {
  const { recovery, hash, tools } = context;
  const { restoreRef } = recovery.status ?? {};
  const existing = restoreRef && (await tools.client.find(VELERO.restores, restoreRef));
  if (existing?.metadata.labels?.[LABELS.recovery] === hash) return noteStored(context, existing);
  if (existing === undefined) return { kind: 'wait', againInMs: IN_FLIGHT_AGAIN_MS };
  return concludeFailed(context, {
    code: 'TokenUsed',
    message: `a Restore "${existing.metadata.name}" exists that is not of this recovery`,
  });
};

/** Creates the Restore that the token binds. Its name is the Recovery's, so creating it twice is AlreadyExists. */
export const stepCreateRestore: Step = async context => {
  const { recovery, tools } = context;
  if (recovery.status?.admission?.stored) return { kind: 'next', recovery };
  const restore = restoreOf(context);
  if (restore === undefined) return { kind: 'wait', againInMs: SIGN_AGAIN_MS };
  try {
    return await noteStored(context, await tools.client.create(VELERO.restores, restore));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return isAlreadyExists(error) ? lookWhoUsedIt(context) : refusedByGate(context, error);
  }
};
