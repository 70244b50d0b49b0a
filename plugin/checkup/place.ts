import { type ClusterIdentity, PLACE_KNOWN } from '../../api/kinds/cluster-identity.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Check } from './check.ts';
import { type Finding, ok, unknown, warning } from './finding.ts';

/** Where the cluster is; that nobody says so is no fault, that its nodes contradict each other is one. */
export const judgePlace = ({ status }: Pick<ClusterIdentity, 'status'>): Finding => {
  const condition = findCondition(status?.conditions, PLACE_KNOWN);
  if (condition === undefined) return unknown('where the cluster is was not reported yet', 'try again in a minute');
  if (condition.status === 'True') {
    const from = status?.placeFrom === 'Declared' ? 'declared' : 'by its nodes';
    return ok(`the cluster is in ${status?.cloud}/${status?.region}, ${from}`);
  }
  if (condition.reason === 'NotTold') return ok(`recoveries cannot name it by cloud and region: ${condition.message}`);
  return warning(
    `recoveries cannot name it by cloud and region: ${condition.message}`,
    'an operator corrects providerID and label topology.kubernetes.io/region of the nodes that are wrong, or what is declared in ClusterIdentity "self"',
  );
};

/** Whether the cluster can be named by cloud and region. */
export const place: Check = {
  name: 'place',
  examine: async cluster => {
    const self = await cluster.self();
    return self === undefined ? [] : [judgePlace(self)];
  },
};
