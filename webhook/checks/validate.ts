import { CHECKS, type CheckName } from '../../api/codes.ts';
import type { CheckResult } from '../../api/kinds/recovery.ts';
import type { Problem } from '../../api/recover-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { Check, Facts, Registration } from './check.ts';
import { checkDestination } from './check-destination.ts';
import { checkGroup } from './check-group.ts';
import { checkOwnership } from './check-ownership.ts';
import { checkPoint } from './check-point.ts';
import { checkPolicy } from './check-policy.ts';
import { checkRequester } from './check-requester.ts';
import { checkScope } from './check-scope.ts';
import { checkTargets } from './check-targets.ts';
import { checkToken } from './check-token.ts';
import { gatherFacts } from './gather-facts.ts';
import { planOf, type ValidatedPlan } from './validated-plan.ts';

/** The checks after `token`, which gives them the verified claims. */
const CHECKS_OF_CLAIMS: readonly Check[] = [
  checkRequester,
  checkDestination,
  checkGroup,
  checkPoint,
  checkOwnership,
  checkScope,
  checkTargets,
  checkPolicy,
];

export type Validation =
  | { readonly outcome: 'allowed'; readonly results: readonly CheckResult[]; readonly plan: ValidatedPlan }
  | { readonly outcome: 'refused'; readonly results: readonly CheckResult[] };

const resultsOf = (check: CheckName, problems: readonly Problem[] | undefined): CheckResult[] => {
  if (problems === undefined) return [{ check, outcome: 'NotRun' }];
  if (problems.length === 0) return [{ check, outcome: 'Passed' }];
  return problems.map(({ code, message, mend }) => ({
    check,
    outcome: 'Failed',
    code,
    message: message.slice(0, 2048),
    ...(mend === undefined ? {} : { mend: mend.slice(0, 2048) }),
  }));
};

/**
 * Judges a registration against the live cluster. All checks run and all failures are told; it is allowed only
 * if every check ran and passed, and that is said in one place, at the end.
 * @throws RecoverError `StateUnavailable` where the live state cannot be told.
 */
export const validate = async (registration: Registration, state: ClusterState): Promise<Validation> => {
  const token = await checkToken(registration, state);
  if (token.outcome === 'failed') {
    const notRun = CHECKS.filter(name => name !== 'token').flatMap(name => resultsOf(name, undefined));
    return { outcome: 'refused', results: [...resultsOf('token', token.problems), ...notRun] };
  }
  const facts = await gatherFacts(registration, token.chain, state);
  const judged = await Promise.all(
    CHECKS_OF_CLAIMS.map(async ({ name, judge }) => resultsOf(name, await judge(facts))),
  );
  const results = [...resultsOf('token', []), ...judged.flat()];
  return conclude(facts, results);
};

const conclude = (facts: Facts, results: readonly CheckResult[]): Validation => {
  const everyCheckPassed = CHECKS.every(name => {
    const own = results.filter(({ check }) => check === name);
    return own.length > 0 && own.every(({ outcome }) => outcome === 'Passed');
  });
  if (!everyCheckPassed || facts.owned === undefined || facts.targets === undefined) {
    return { outcome: 'refused', results };
  }
  return { outcome: 'allowed', results, plan: planOf(facts, facts.owned, facts.targets) };
};

/** The failures among check results. */
export const failuresOf = (results: readonly CheckResult[]): CheckResult[] =>
  results.filter(({ outcome }) => outcome === 'Failed');
