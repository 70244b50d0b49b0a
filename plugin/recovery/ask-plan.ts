import type { PointAnswer } from '../../api/kinds/access-request.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { ask } from '../cluster/ask.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Io } from '../io.ts';
import type { Proof } from './get-proof.ts';
import { readLiveCluster } from './live-objects.ts';
import { makePlan, type Plan, targetOf } from './make-plan.ts';

/** The catalogue waits for Velero and the object store, 20 s for each. */
const PATIENCE_MS = 60_000;

export interface PlanInput {
  readonly group: string;
  readonly proof: Proof;
  readonly point: PointAnswer;
  readonly restore: RestoreChoice;
  /** Whether the grant is of this very cluster, which then looks at its own groups. */
  readonly isOneCluster: boolean;
}

/**
 * Asks the destination what the point holds of the group, and compares it with what the user may see there.
 * @throws RecoverError `PlanUnavailable`, and those of a question
 */
export const askPlan = async (
  { group, proof, point, restore, isOneCluster }: PlanInput,
  destination: ClusterAccess,
  io: Io,
): Promise<Plan> => {
  if (proof.cluster === undefined) {
    throw new RecoverError({
      code: 'PlanUnavailable',
      message: `cluster "${destination.context}" was not asked, or did not answer, so it tells no plan`,
      mend: 'recover without a plan, or try again',
    });
  }
  const matchLabels = restore.labelSelector?.matchLabels;
  const wants = { plan: { backup: point.backup, ...(matchLabels === undefined ? {} : { matchLabels }) } };
  const spec = isOneCluster ? { group, wants } : { publicKey: proof.key.publicJwk, grant: proof.grant, wants };
  const { plan: answer } = await ask(destination, spec, io, PATIENCE_MS);
  if (answer === undefined) {
    throw new RecoverError({
      code: 'PlanUnavailable',
      message: `the catalogue of cluster "${destination.context}" is older than this plugin and tells no plans`,
      mend: `an operator runs: kubectl recover install --context ${shellWord(destination.context)}`,
    });
  }
  // A namespace that is mapped is another one, of which the catalogue said nothing.
  const absent = (answer.absent ?? []).filter(namespace => targetOf(restore, namespace) === namespace);
  const live = await readLiveCluster(
    destination,
    answer.objects,
    namespace => targetOf(restore, namespace),
    new Set(absent),
  );
  return makePlan(answer, restore, live);
};
