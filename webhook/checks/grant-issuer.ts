import { CONTEXT_NAMES } from '../../api/context-names.ts';
import type { Problem } from '../../api/recover-error.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import { TAKE_FRESH } from '../../api/tokens/verify-token.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { homeClusterOf, speaksFor } from './lineage.ts';

const untrusted = (message: string, mend: string): Problem => ({ code: 'TokenUntrusted', message, mend });

/**
 * What is wrong with who signed a grant. A cluster speaks for itself only, and for groups that were first registered
 * in it or that it took over by the word of an operator here: otherwise any trusted peer could name itself the source
 * of another cluster's groups. That a cluster is lost, this cluster believes nobody but itself.
 */
export const issuerProblem = (grant: GrantClaims, state: Pick<ClusterState, 'self' | 'peer'>): Problem | undefined => {
  const issuer = clusterOfUrn(grant.iss);
  const vouches = grant.lost === undefined ? grant.cluster.id : state.self().cluster.id;
  if (issuer === undefined || issuer !== vouches) {
    return untrusted('the grant names another cluster than the one that signed it', TAKE_FRESH);
  }
  const source = grant.cluster.id;
  const home = homeClusterOf(grant.group.id);
  if (speaksFor(source, home, state)) return undefined;
  return untrusted(
    `cluster "${source}" cannot speak here for a group that was first registered in cluster "${home}"`,
    `if it took over the groups of that cluster, an operator here runs: kubectl recover cluster trust --from-context ${CONTEXT_NAMES.source} --context ${CONTEXT_NAMES.here} --speaks-for ${home}`,
  );
};
