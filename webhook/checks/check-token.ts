import type { Problem } from '../../api/recover-error.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type AccessChain, verifyAccessChain } from '../../api/tokens/access-chain.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { Registration } from './check.ts';
import { issuerProblem } from './grant-issuer.ts';

export type TokenOutcome =
  | { readonly outcome: 'verified'; readonly chain: AccessChain }
  | { readonly outcome: 'failed'; readonly problems: readonly Problem[] };

/** Check `token`: the access token and the grant inside it, whose issuer must be one that speaks for the group. */
export const checkToken = async (registration: Registration, state: ClusterState): Promise<TokenOutcome> => {
  try {
    const chain = await verifyAccessChain(registration.accessToken, {
      grantKey: (issuer, kid) => state.grantKey(issuer, kid),
      now: registration.registeredAt,
    });
    const problem = issuerProblem(chain.grant, state);
    return problem ? { outcome: 'failed', problems: [problem] } : { outcome: 'verified', chain };
  } catch (error) {
    // What cannot be told now may be told later; it is no failure of the token.
    if (!(error instanceof RecoverError) || error.code === 'StateUnavailable') throw error;
    return { outcome: 'failed', problems: [error] };
  }
};
