import type { Problem } from '../../api/recover-error.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import type { PolicyView } from '../state/views.ts';
import type { Check, Facts } from './check.ts';
import { OTHER_POINT } from './check-point.ts';
import { fitsAny } from './name-pattern.ts';
import { labelProblems } from './namespace-labels.ts';
import { preparedGrantProblems } from './prepared-grants.ts';

/** The policies that judge recoveries of this grant's group. */
export const matchingPolicies = (
  policies: readonly PolicyView[],
  { group, cluster }: Pick<GrantClaims, 'group' | 'cluster'>,
): PolicyView[] =>
  policies
    .filter(({ spec: { match } }) => {
      const groups = match?.groups;
      const sources = match?.sourceClusters;
      return (
        (groups === undefined || fitsAny(`${group.namespace}/${group.name}`, groups)) &&
        (sources === undefined || sources.includes(cluster.id))
      );
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const denied = (policy: PolicyView, rule: string, message: string, mend: string): Problem => ({
  code: 'PolicyDenied',
  message: `policy "${policy.name}", ${rule}: ${message}`,
  mend: `${mend}; or an operator allows it: kubectl edit recoverypolicy ${policy.name}`,
});

const ageProblems = (policy: PolicyView, { owned, registration }: Facts): Problem[] => {
  const limit = policy.spec.maxPointAgeSeconds;
  if (limit === undefined || owned === undefined) return [];
  // As signed; the Backup says the same, or its stamp would not count.
  const { startTime } = owned.stamp.backup;
  const ageSeconds = Math.floor((registration.now.getTime() - Date.parse(startTime)) / 1000);
  if (ageSeconds <= limit) return [];
  return [denied(policy, 'maxPointAgeSeconds', `the point is older than ${limit} s`, OTHER_POINT)];
};

const locationProblems = (policy: PolicyView, { owned }: Facts): Problem[] => {
  const { locations } = policy.spec;
  if (locations === undefined || owned === undefined) return [];
  const { location } = owned.backup;
  if (locations.includes(location)) return [];
  const message = `points in storage location "${location}" are not allowed`;
  return [
    denied(
      policy,
      'locations',
      message,
      `choose a point in ${locations.map(name => `"${name}"`).join(' or ')}: kubectl recover points GROUP`,
    ),
  ];
};

const reasonProblems = (policy: PolicyView, reason: string | undefined): Problem[] => {
  const pattern = policy.spec.reasonPattern;
  if (pattern === undefined) return [];
  if (reason !== undefined && new RegExp(`^(?:${pattern})$`, 'u').test(reason)) return [];
  return [denied(policy, 'reasonPattern', `a reason is needed that fits ${pattern}`, 'give one with --reason')];
};

const preparedProblems = (policy: PolicyView, { chain: { grant } }: Facts): Problem[] => {
  if (grant.prepared === undefined) return [];
  const isForPlace = grant.prepared.destination.cluster === undefined;
  return preparedGrantProblems(policy, { lifeSeconds: grant.exp - grant.iat, isForPlace });
};

const allowedOnly = (flag: string, values: readonly string[]): string =>
  values.map(value => `ask for ${flag} ${value.toLowerCase()}`).join(' or ');

const rulesOf = (policy: PolicyView, facts: Facts): Problem[] => {
  const { restore, reason } = facts.registration;
  const { spec } = policy;
  const problems: Problem[] = [];
  if (!spec.existingResources.includes(restore.existingResources)) {
    problems.push(
      denied(
        policy,
        'existingResources',
        `"${restore.existingResources}" is not allowed`,
        allowedOnly('--existing-resources', spec.existingResources),
      ),
    );
  }
  if (!spec.volumes.includes(restore.volumes)) {
    problems.push(
      denied(policy, 'volumes', `"${restore.volumes}" is not allowed`, allowedOnly('--volumes', spec.volumes)),
    );
  }
  if (spec.partiallyFailedPoints === 'Never' && facts.owned?.backup.status.phase === 'PartiallyFailed') {
    problems.push(denied(policy, 'partiallyFailedPoints', 'the point partially failed', OTHER_POINT));
  }
  if (facts.owned?.adoption !== undefined && spec.adoptedPoints !== 'Allow') {
    problems.push(denied(policy, 'adoptedPoints', 'the point was stamped afterwards', OTHER_POINT));
  }
  return [
    ...problems,
    ...locationProblems(policy, facts),
    ...ageProblems(policy, facts),
    ...reasonProblems(policy, reason),
    ...preparedProblems(policy, facts),
  ];
};

/** Where no policy matches, nothing is allowed. */
export const NO_POLICY: Problem = {
  code: 'PolicyDenied',
  message: 'no RecoveryPolicy of this cluster matches the recovery',
  mend: 'an operator looks at them, of which the shipped one is "default": kubectl get recoverypolicies -o yaml',
};

/** Check `policy`: every RecoveryPolicy that matches allows it, and at least one matches. */
export const checkPolicy: Check = {
  name: 'policy',
  judge: facts => {
    if (facts.policies.length === 0) return [NO_POLICY];
    const isAnyMade = facts.targets?.some(({ name }) => facts.state.namespace(name) === undefined) ?? false;
    return [
      ...facts.policies.flatMap(policy => rulesOf(policy, facts)),
      ...(isAnyMade ? labelProblems(facts.policies) : []),
    ];
  },
};
