import { digestOf, restoreName } from '../../api/digest.ts';
import { findCondition, withCondition } from '../../api/kinds/condition.ts';
import type { RecoveryStatus, RecoveryTarget } from '../../api/kinds/recovery.ts';
import { RECOVERY_CONDITIONS } from '../../api/kinds/recovery.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { decodeGrant } from '../../api/tokens/grant.ts';
import { accessToken, recoveryToken, TOKEN_LIFE_SECONDS } from '../../api/tokens/kinds.ts';
import { signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn, gateUrn } from '../../api/tokens/urns.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { registrationOf } from '../admission/registration.ts';
import { failuresOf, validate } from '../checks/validate.ts';
import { type ValidatedPlan, validationDigest } from '../checks/validated-plan.ts';
import { concludeFailed } from './conclude.ts';
import { type RecoveryContext, type Step, type StepResult, writeStatus } from './recovery-context.ts';
import { reserveTargets } from './reserve-targets.ts';

/** A token that is this close to its end is signed again rather than sent, in milliseconds. */
const FRESH_FOR_MS = 30_000;

/** How soon to look again whether another recovery has left a target. */
const BUSY_AGAIN_MS = 500;

const tokenExpiryMs = (token: string): number => decodeToken(recoveryToken, token).claims.exp * 1000;

const isIssued = ({ recovery, tools }: RecoveryContext): boolean => {
  const status = recovery.status;
  if (status?.admission?.stored) return true;
  return status?.recoveryToken !== undefined && tokenExpiryMs(status.recoveryToken) - tools.clock() > FRESH_FOR_MS;
};

type ReservedTarget = RecoveryTarget & { readonly uid: string };

const signRecoveryToken = (
  { recovery, tools }: RecoveryContext,
  plan: ValidatedPlan,
  targets: readonly ReservedTarget[],
  username: string,
): Promise<string> => {
  const iat = Math.floor(tools.clock() / 1000);
  const { id } = tools.state.self().cluster;
  const { backup } = plan.point;
  return signToken(
    recoveryToken,
    {
      iss: clusterUrn(id),
      sub: username,
      aud: gateUrn(id),
      iat,
      exp: iat + TOKEN_LIFE_SECONDS.recovery,
      jti: recovery.metadata.uid,
      groupID: plan.groupId,
      point: { backup: backup.name, uid: backup.uid, location: backup.location },
      targets: targets.map(({ name, uid }): [string, string] => [name, uid]),
      restore: {
        namespace: backup.namespace,
        name: restoreName(recovery.metadata.name),
        specDigest: digestOf(plan.restoreSpec),
      },
      validationDigest: validationDigest(recovery.metadata.uid, plan),
      approvals: [],
    },
    tools.admissionKey(),
  );
};

const refused = (context: RecoveryContext, results: RecoveryStatus['checks']): Promise<StepResult> => {
  const now = new Date(context.tools.clock());
  const [first] = failuresOf(results ?? []);
  const problem = { code: first?.code ?? 'ValidationChanged', message: first?.message ?? 'a check failed' } as const;
  const conditions = withCondition(
    context.recovery.status?.conditions,
    { type: RECOVERY_CONDITIONS.validated, status: 'False', reason: problem.code, message: problem.message },
    now,
  );
  return concludeFailed(context, first?.mend === undefined ? problem : { ...problem, mend: first.mend }, {
    ...context.recovery.status,
    checks: results ?? [],
    conditions,
  });
};

const waitForTarget = async (context: RecoveryContext, namespace: string): Promise<StepResult> => {
  const { recovery, tools } = context;
  const present = findCondition(recovery.status?.conditions, RECOVERY_CONDITIONS.tokenIssued);
  if (present?.reason !== 'TargetBusy') {
    const conditions = withCondition(
      recovery.status?.conditions,
      {
        type: RECOVERY_CONDITIONS.tokenIssued,
        status: 'Unknown',
        reason: 'TargetBusy',
        message: `another recovery runs into namespace "${namespace}"; this one waits for it`,
      },
      new Date(tools.clock()),
    );
    await writeStatus(context, { ...recovery.status, conditions });
  }
  return { kind: 'wait', againInMs: BUSY_AGAIN_MS };
};

const issuedStatus = (
  { recovery, tools }: RecoveryContext,
  plan: ValidatedPlan,
  targets: readonly ReservedTarget[],
  issued: { readonly token: string; readonly results: NonNullable<RecoveryStatus['checks']> },
): RecoveryStatus => {
  const now = new Date(tools.clock());
  const { backup, stamp } = plan.point;
  const done = { status: 'True' as const };
  const validated = withCondition(
    recovery.status?.conditions,
    { ...done, type: RECOVERY_CONDITIONS.validated, reason: 'ChecksPassed', message: 'all checks passed' },
    now,
  );
  return {
    ...recovery.status,
    checks: issued.results,
    validationDigest: validationDigest(recovery.metadata.uid, plan),
    groupID: plan.groupId,
    point: {
      backup: backup.name,
      namespace: backup.namespace,
      source: stamp.cluster.id,
      startTime: stamp.backup.startTime,
    },
    targets: [...targets],
    recoveryToken: issued.token,
    restoreRef: { namespace: backup.namespace, name: restoreName(recovery.metadata.name) },
    conditions: withCondition(
      validated,
      {
        ...done,
        type: RECOVERY_CONDITIONS.tokenIssued,
        reason: 'TargetsReserved',
        message: 'the targets are reserved and the recovery token is signed',
      },
      now,
    ),
  };
};

/** Home of the group as its own cluster knows it, from the grant; verified by the check `token` before. */
export const groupOfRecovery = (token: string) => decodeGrant(decodeToken(accessToken, token).claims.grant);

/**
 * Validates once more, reserves the targets and signs the recovery token, all told by one write of the status. A
 * token that expired unused is signed again: same `jti`, so still good for one Restore.
 */
export const stepIssue: Step = async context => {
  const { recovery, hash, tools } = context;
  if (isIssued(context)) return { kind: 'next', recovery };
  const requester = recovery.spec.requester;
  if (requester === undefined) {
    return concludeFailed(context, { code: 'RequesterMismatch', message: 'the Recovery does not say who asked' });
  }
  const registration = registrationOf(recovery, requester, {
    registeredAt: new Date(recovery.metadata.creationTimestamp),
    now: new Date(tools.clock()),
  });
  const validation = await validate(registration, tools.state);
  if (validation.outcome === 'refused') return refused(context, [...validation.results]);
  const { plan } = validation;
  const { group } = groupOfRecovery(recovery.spec.accessToken);
  try {
    const reservation = await reserveTargets({
      client: tools.client,
      hash,
      groupId: plan.groupId,
      group: { namespace: group.namespace, name: group.name },
      targets: plan.targets,
      labels: plan.namespaceLabels,
      isRunning: tools.isRunning,
    });
    if (reservation.outcome === 'busy') return waitForTarget(context, reservation.namespace);
    const token = await signRecoveryToken(context, plan, reservation.targets, requester.username);
    const status = issuedStatus(context, plan, reservation.targets, { token, results: [...validation.results] });
    return { kind: 'next', recovery: await writeStatus(context, status) };
  } catch (error) {
    if (error instanceof RecoverError && error.code === 'NamespaceTaken') return concludeFailed(context, error);
    throw error;
  }
};
