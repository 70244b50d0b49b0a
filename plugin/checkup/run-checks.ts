import { RecoverError } from '../../api/recover-error.ts';
import type { Check } from './check.ts';
import type { ExaminedCluster } from './examined-cluster.ts';
import { type Finding, failed, unknown } from './finding.ts';
import { missingRight } from './missing-right.ts';

/** A finding with the name of its check. */
export interface CheckedFinding extends Finding {
  readonly check: string;
}

const ofError = (error: unknown): Finding => {
  if (!(error instanceof RecoverError)) throw error;
  const right = missingRight(error);
  if (right !== undefined) {
    return unknown(
      `you lack the right to ${right.text}`,
      `run it with a login that has the ClusterRole "${right.role}"`,
    );
  }
  // What is not served belongs to Velero or the catalogue, whose own lines tell how to get it.
  if (error.code === 'NotFound') return unknown(error.message, 'mend what the lines above say first');
  return failed(error.message, error.mend ?? 'run it again; if it stays, look at the log of the API server');
};

const runOne = async ({ name, examine }: Check, cluster: ExaminedCluster): Promise<CheckedFinding[]> => {
  try {
    return (await examine(cluster)).map(finding => ({ check: name, ...finding }));
  } catch (error) {
    return [{ check: name, ...ofError(error) }];
  }
};

/** Runs checks side by side; findings come in the order of the checks. A check that cannot be made is a finding too. */
export const runChecks = async (checks: readonly Check[], cluster: ExaminedCluster): Promise<CheckedFinding[]> =>
  (await Promise.all(checks.map(check => runOne(check, cluster)))).flat();
