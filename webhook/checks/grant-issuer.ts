import type { Problem } from '../../api/recover-error.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';

/** The cluster that first registered a group: the part of its ID before the slash. */
export const homeClusterOf = (groupId: string): string => groupId.slice(0, groupId.indexOf('/'));

const untrusted = (message: string): Problem => ({ code: 'TokenUntrusted', message });

/**
 * What is wrong with who signed a grant. A cluster speaks for itself only, and only for groups that were first
 * registered in it: otherwise any trusted peer could name itself the source of another cluster's groups. That a
 * cluster is lost, this cluster believes nobody but itself.
 */
export const issuerProblem = (grant: GrantClaims, self: string): Problem | undefined => {
  const issuer = clusterOfUrn(grant.iss);
  const vouches = grant.lost === undefined ? grant.cluster.id : self;
  if (issuer === undefined || issuer !== vouches) {
    return untrusted('the grant names another cluster than the one that signed it');
  }
  const home = homeClusterOf(grant.group.id);
  if (home !== grant.cluster.id || grant.lineage.some(cluster => cluster !== home)) {
    return untrusted(
      `cluster "${grant.cluster.id}" cannot speak for a group that was first registered in cluster "${home}"`,
    );
  }
  return undefined;
};
