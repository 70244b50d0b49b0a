import type { Mode } from '../cluster/mode.ts';
import type { Sighting } from '../observability/would-be-refused.ts';
import type { Decision } from './decision.ts';
import { refuse } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

const MEND =
  'recover with: kubectl recover GROUP. In an emergency a person with the RBAC verb "bypass" sets the annotation kubectl-recover.io/bypass-reason';

export interface BareRestoreOptions {
  readonly mode: () => Mode;
  /** Writes down what mode Enforce would refuse. */
  readonly sighted: (sighting: Sighting) => void;
}

/**
 * Judges a Restore without a token: refused where the walls are enforced, only warned of and counted in mode Audit. The
 * policy in the API server says the same; either of the two stands without the other.
 */
export const refuseBareRestore =
  ({ mode, sighted }: BareRestoreOptions) =>
  async (request: AdmissionRequest): Promise<Decision> => {
    if (mode() === 'Audit') {
      if (request.dryRun !== true) sighted({ user: request.userInfo.username, what: 'create Restore', wall: 1 });
      return { kind: 'allow', warnings: [`TokenMissing: in mode Enforce this Restore would be refused. ${MEND}`] };
    }
    return refuse('metadata.annotations', {
      code: 'TokenMissing',
      message: 'the Restore carries no recovery token',
      mend: MEND,
    });
  };
