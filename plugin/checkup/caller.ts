import type { Check } from './check.ts';
import { type Finding, ok } from './finding.ts';

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } };
}

export const describeCaller = ({ status }: SelfSubjectReview): Finding => {
  const { username = '<unknown>', groups = [] } = status?.userInfo ?? {};
  return ok(`you are "${username}"${groups.length === 0 ? '' : ` in ${groups.join(', ')}`}`);
};

/** Who the cluster takes the caller for. */
export const caller: Check = {
  name: 'caller',
  examine: async cluster => [
    describeCaller(
      await cluster.review<SelfSubjectReview>('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'SelfSubjectReview',
      }),
    ),
  ],
};
