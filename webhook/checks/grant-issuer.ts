import type { Problem } from '../../api/recover-error.ts';
import type { AppGroupClaims } from '../../api/tokens/kinds.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';

/** The cluster that first registered a group: the part of its ID before the slash. */
const homeClusterOf = (groupId: string): string => groupId.slice(0, groupId.indexOf('/'));

/**
 * What is wrong with who signed a grant. A cluster speaks for itself only, and only for groups that were first
 * registered in it: otherwise any trusted peer could name itself the source of another cluster's groups.
 */
export const issuerProblem = (grant: AppGroupClaims): Problem | undefined => {
  const issuer = clusterOfUrn(grant.iss);
  if (issuer === undefined || issuer !== grant.cluster.id) {
    return { code: 'TokenUntrusted', message: 'the grant names another cluster than the one that signed it' };
  }
  const home = homeClusterOf(grant.group.id);
  if (home !== issuer || grant.lineage.some(cluster => cluster !== home)) {
    return {
      code: 'TokenUntrusted',
      message: `cluster "${issuer}" cannot speak for a group that was first registered in cluster "${home}"`,
    };
  }
  return undefined;
};
