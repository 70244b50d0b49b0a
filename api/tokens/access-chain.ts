import { RecoverError } from '../recover-error.ts';
import { type GrantClaims, verifyGrantToken } from './grant.ts';
import { type AccessClaims, accessToken } from './kinds.ts';
import { thumbprintOf } from './sign-token.ts';
import { holderUrn } from './urns.ts';
import { decodeToken, type KeyLookup, verifyToken } from './verify-token.ts';

/** An access token and the grant inside it, both verified and proven to belong together. */
export interface AccessChain {
  readonly access: AccessClaims;
  readonly grant: GrantClaims;
}

export interface ChainVerification {
  /** Grant keys of this cluster and its peers, by issuer and `kid`. */
  readonly grantKey: (issuer: string, kid: string) => KeyLookup;
  /** The instant that both expiries are judged at: the registration. */
  readonly now: Date;
}

const broken = (message: string): RecoverError => new RecoverError({ code: 'TokenUntrusted', message });

/**
 * Verifies a grant on its own, as an AccessRequest brings it.
 * @throws RecoverError `TokenMalformed`, `TokenUntrusted`, `TokenRevoked`, `TokenExpired`
 */
export const verifyGrant = (grant: string, { grantKey, now }: ChainVerification): Promise<GrantClaims> =>
  verifyGrantToken(grant, { key: grantKey, now });

/**
 * Verifies an access token from the inside out (RFC 8725 §3.3): the grant by its cluster's key, then the access
 * token by the key that the grant confirms (RFC 7800). Its audience is left to the check `destination`, which has
 * a better message for it.
 * @throws RecoverError `TokenMalformed`, `TokenUntrusted`, `TokenRevoked`, `TokenExpired`
 */
export const verifyAccessChain = async (token: string, verification: ChainVerification): Promise<AccessChain> => {
  const outer = decodeToken(accessToken, token);
  const grant = await verifyGrant(outer.claims.grant, verification);
  const holder = await thumbprintOf(grant.cnf.jwk);
  const access = await verifyToken(accessToken, token, {
    now: verification.now,
    audience: outer.claims.aud,
    key: (issuer, kid) =>
      kid === holder && issuer === holderUrn(holder)
        ? { outcome: 'trusted', jwk: grant.cnf.jwk }
        : { outcome: 'unknown', because: 'it is signed by another key than the one its grant was given to' },
  });
  if (access.sub !== grant.sub) throw broken('the access token and its grant name different users');
  if (access.exp > grant.exp) throw broken('the access token outlives its grant');
  return { access, grant };
};
