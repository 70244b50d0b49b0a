import { type SelfSubjectReview, whoAmI } from '../cluster/who-am-i.ts';
import type { Check } from './check.ts';
import { type Finding, ok } from './finding.ts';

export const describeCaller = ({ status }: SelfSubjectReview): Finding => {
  const { username = '<unknown>', groups = [] } = status?.userInfo ?? {};
  return ok(`you are "${username}"${groups.length === 0 ? '' : ` in ${groups.join(', ')}`}`);
};

/** Who the cluster takes the caller for. */
export const caller: Check = {
  name: 'caller',
  examine: async cluster => [describeCaller(await whoAmI(cluster.review))],
};
