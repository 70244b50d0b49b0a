import type { Problem } from '../../api/recover-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type AccessChain, verifyAccessChain } from '../../api/tokens/access-chain.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { Registration } from './check.ts';

export type TokenOutcome =
  | { readonly outcome: 'verified'; readonly chain: AccessChain }
  | { readonly outcome: 'failed'; readonly problems: readonly Problem[] };

/** The cluster that first registered a group: the part of its ID before the slash. */
const homeClusterOf = (groupId: string): string => groupId.slice(0, groupId.indexOf('/'));

/**
 * Check `token`: the access token and the grant inside it. A cluster speaks only for groups that were first
 * registered in it: otherwise any trusted peer could name itself the source of another cluster's groups.
 */
export const checkToken = async (registration: Registration, state: ClusterState): Promise<TokenOutcome> => {
  try {
    const chain = await verifyAccessChain(registration.accessToken, {
      grantKey: (issuer, kid) => state.grantKey(issuer, kid),
      now: registration.registeredAt,
    });
    const problem = issuerProblem(chain);
    return problem ? { outcome: 'failed', problems: [problem] } : { outcome: 'verified', chain };
  } catch (error) {
    // What cannot be told now may be told later; it is no failure of the token.
    if (!(error instanceof RecoverError) || error.code === 'StateUnavailable') throw error;
    return { outcome: 'failed', problems: [error] };
  }
};

const issuerProblem = ({ grant }: AccessChain): Problem | undefined => {
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
