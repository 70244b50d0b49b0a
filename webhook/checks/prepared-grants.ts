import type { Problem } from '../../api/recover-error.ts';
import type { PolicyView } from '../state/views.ts';

/** A grant for a later day, as policies judge it. */
export interface PreparedGrant {
  readonly lifeSeconds: number;
  /** Good for any cluster of a cloud and region. */
  readonly isForPlace: boolean;
}

const denied = ({ name }: PolicyView, message: string, mend: string): Problem => ({
  code: 'PolicyDenied',
  message: `policy "${name}", preparedGrants: ${message}`,
  mend: `${mend}; or an operator allows it: kubectl edit recoverypolicy ${name}`,
});

/** What a policy has against a prepared grant, where it is given and where it is used. */
export const preparedGrantProblems = (policy: PolicyView, { lifeSeconds, isForPlace }: PreparedGrant): Problem[] => {
  const allowed = policy.spec.preparedGrants;
  if (allowed === undefined) {
    return [denied(policy, 'none are allowed here', 'recover with a fresh proof: kubectl recover GROUP')];
  }
  const problems: Problem[] = [];
  if (lifeSeconds > allowed.maxLifeSeconds) {
    const message = `one of ${lifeSeconds} s lives longer than ${allowed.maxLifeSeconds} s`;
    problems.push(denied(policy, message, `prepare it with --duration ${allowed.maxLifeSeconds}s`));
  }
  if (!allowed.destinations.includes(isForPlace ? 'Place' : 'Cluster')) {
    const [what, instead] = isForPlace
      ? ['cloud and region are not allowed as destination', 'name the cluster by its ID with --to-cluster']
      : ['a cluster ID is not allowed as destination', 'name cloud and region with --to-cloud and --to-region'];
    problems.push(denied(policy, what, instead));
  }
  return problems;
};
