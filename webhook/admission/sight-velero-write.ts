import type { Mode } from '../cluster/mode.ts';
import type { Sighting } from '../observability/would-be-refused.ts';
import type { Decision } from './decision.ts';
import type { AdmissionRequest } from './review.ts';

export interface VeleroWriteOptions {
  readonly mode: () => Mode;
  readonly sighted: (sighting: Sighting) => void;
}

/** Of these walls 1 and 2 judge, of all other kinds wall 3 does. */
const OF_WALL_2: readonly string[] = ['Restore', 'Backup'];

/**
 * Counts a write to an object of Velero's that walls 2 and 3 would refuse in mode Enforce. Which those are, the
 * conditions of the webhook say (manifests/base/webhooks.yaml); here nothing is ever refused. Where the walls are
 * enforced, they refuse before this is asked.
 */
export const sightVeleroWrite =
  ({ mode, sighted }: VeleroWriteOptions) =>
  async ({ operation, kind, userInfo, dryRun }: AdmissionRequest): Promise<Decision> => {
    if (mode() === 'Audit' && dryRun !== true) {
      const wall = operation === 'UPDATE' && OF_WALL_2.includes(kind.kind) ? 2 : 3;
      sighted({ user: userInfo.username, what: `${operation.toLowerCase()} ${kind.kind}`, wall });
    }
    return { kind: 'allow' };
  };
