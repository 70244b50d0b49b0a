import type { Check } from './check.ts';
import { type Finding, failed, ok } from './finding.ts';

/** What `/version` answers (apimachinery/pkg/version). */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

/** ValidatingAdmissionPolicies are stable from 1.30. */
const LEAST_MINOR = 30;

export const judgeVersion = ({ major, minor, gitVersion }: ServerVersion): Finding => {
  // Some distributions write "30+".
  const isNewEnough = Number.parseInt(major, 10) > 1 || Number.parseInt(minor, 10) >= LEAST_MINOR;
  return isNewEnough
    ? ok(`Kubernetes ${gitVersion} answers`)
    : failed(
        `Kubernetes ${gitVersion} knows no stable ValidatingAdmissionPolicy`,
        `upgrade to 1.${LEAST_MINOR} or newer`,
      );
};

/** Whether the API server answers at all, and is new enough for the walls. */
export const apiServer: Check = {
  name: 'api-server',
  examine: async cluster => [judgeVersion(await cluster.read<ServerVersion>('/version'))],
};
