import { CHECKS } from '../../api/codes.ts';
import { recoveryName } from '../../api/digest.ts';
import type { CheckResult, Recovery } from '../../api/kinds/recovery.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { accessToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { failuresOf, validate } from '../checks/validate.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type Decision, type PlacedProblem, refuse } from './decision.ts';
import { isRequester, registrationOf } from './registration.ts';
import type { AdmissionRequest } from './review.ts';

/** A failed check as the answer of admission tells it. */
export const placed = ({ check, code, message = '', mend }: CheckResult): PlacedProblem => {
  if (code === undefined) throw new TypeError(`a failed check "${check}" has no code`);
  return { field: check, code, message, ...(mend === undefined ? {} : { mend }) };
};

/** Name and access token belong together, so that registering a token twice is AlreadyExists. */
const isNamedAfterToken = (recovery: Recovery): boolean => {
  try {
    return recoveryName(decodeToken(accessToken, recovery.spec.accessToken).claims.jti) === recovery.metadata.name;
  } catch (error) {
    // A malformed token is for the check `token` to tell.
    if (error instanceof RecoverError) return true;
    throw error;
  }
};

/** Judges the registration of a Recovery: all checks, all failures at once. Nothing is written, dry run or not. */
export const validateRecovery = async (
  request: AdmissionRequest,
  state: ClusterState,
  now: Date,
): Promise<Decision> => {
  const recovery = request.object as unknown as Recovery;
  if (!isRequester(recovery.spec.requester, request.userInfo)) {
    return refuse('spec.requester', {
      code: 'RequesterMismatch',
      message: 'spec.requester is not the authenticated user',
      mend: 'leave it out; the catalogue sets it',
    });
  }
  if (!isNamedAfterToken(recovery)) {
    return refuse('metadata.name', {
      code: 'RequestInvalid',
      message: 'the name of the Recovery is not the one derived from its access token',
    });
  }
  const registration = registrationOf(recovery, request.userInfo, { registeredAt: now, now });
  const validation = await validate(registration, state);
  if (validation.outcome === 'allowed') return { kind: 'allow' };
  const failures = failuresOf(validation.results);
  const failed = new Set(failures.map(({ check }) => check)).size;
  const { id } = state.self().cluster;
  return {
    kind: 'refuse',
    summary: `refused by cluster "${id}": ${failed} of ${CHECKS.length} checks failed`,
    problems: failures.map(placed),
  };
};
