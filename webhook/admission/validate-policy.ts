import type { RecoveryPolicy } from '../../api/kinds/recovery-policy.ts';
import { type Decision, refuse } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

/** Judges what no schema can: the pattern for reasons must be a regular expression. */
export const validatePolicy = async (request: AdmissionRequest): Promise<Decision> => {
  const { spec } = request.object as unknown as RecoveryPolicy;
  if (spec.reasonPattern === undefined) return { kind: 'allow' };
  try {
    new RegExp(`^(?:${spec.reasonPattern})$`, 'u');
    return { kind: 'allow' };
  } catch {
    return refuse('spec.reasonPattern', {
      code: 'RequestInvalid',
      message: `"${spec.reasonPattern}" is no regular expression`,
    });
  }
};
