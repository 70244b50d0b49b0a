import { RecoverError } from '../recover-error.ts';
import { type GrantClaims, verifyGrantToken } from './grant.ts';
import { type AccessClaims, accessToken, type PreparedClaims } from './kinds.ts';
import { thumbprintOf } from './sign-token.ts';
import { holderUrn } from './urns.ts';
import { decodeToken, type KeyLookup, TAKE_FRESH, verifyToken } from './verify-token.ts';

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

const broken = (message: string): RecoverError =>
  new RecoverError({ code: 'TokenUntrusted', message, mend: TAKE_FRESH });

/** What of an access token is another than its grant was prepared for. */
const differences = (access: AccessClaims, prepared: PreparedClaims): string[] => {
  const isPoint = access.point.backup === prepared.point.backup && access.point.source === prepared.point.source;
  const { cluster, cloud, region } = access.destination;
  const named = prepared.destination;
  const isDestination = cluster === named.cluster && cloud === named.cloud && region === named.region;
  return [
    ...(isPoint ? [] : ['point']),
    ...(isDestination ? [] : ['destination']),
    ...(access.restoreDigest === prepared.restoreDigest ? [] : ['choice of what is recovered']),
    ...(access.jti === prepared.accessTokenID ? [] : ['access token']),
  ];
};

const checkPrepared = (access: AccessClaims, prepared: PreparedClaims): void => {
  const different = differences(access, prepared);
  if (different.length === 0) return;
  throw new RecoverError({
    code: 'PreparedForOther',
    message: `the proof was prepared for another ${different.join(' and another ')}`,
    mend: 'use the file as it was written: kubectl recover -f FILE; or prepare another one: kubectl recover prepare GROUP',
  });
};

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
 * @throws RecoverError `TokenMalformed`, `TokenUntrusted`, `TokenRevoked`, `TokenExpired`, `PreparedForOther`
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
  if (grant.prepared !== undefined) checkPrepared(access, grant.prepared);
  return { access, grant };
};
