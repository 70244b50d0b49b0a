import { RecoverError } from '../recover-error.ts';
import {
  type AppGroupClaims,
  appGroupToken,
  type SourceClusterClaims,
  sourceClusterToken,
  TOKEN_LIFE_SECONDS,
} from './kinds.ts';
import { decodeToken, TAKE_FRESH, type Verification, verifyToken } from './verify-token.ts';

/**
 * What a grant says, of whichever kind it is: the ownership data of the group, and why there is no living group to
 * ask, if there is none.
 */
export type GrantClaims = AppGroupClaims & Partial<Pick<SourceClusterClaims, 'absent' | 'lost' | 'stamp'>>;

/** Whether a token says of itself that it is a source cluster token; what it is, its verification tells. */
const saysSourceCluster = (grant: string): boolean => {
  const [header = ''] = grant.split('.', 1);
  try {
    const { typ } = JSON.parse(Buffer.from(header.slice(0, 1024), 'base64url').toString('utf8')) as { typ?: unknown };
    return typ === sourceClusterToken.typ;
  } catch {
    // Malformed as either kind; the parser of the other one says what is wrong.
    return false;
  }
};

const oneReason = (claims: SourceClusterClaims): SourceClusterClaims => {
  if ((claims.absent === undefined) !== (claims.lost === undefined)) return claims;
  throw new RecoverError({
    code: 'TokenMalformed',
    message: `the ${sourceClusterToken.name} is malformed: it says neither absent nor lost, or both`,
    mend: TAKE_FRESH,
  });
};

/** A cluster that gives a grant a longer life than it may have is not believed about anything in it. */
const checkLife = (claims: GrantClaims): GrantClaims => {
  const longest = claims.prepared === undefined ? TOKEN_LIFE_SECONDS.grant : TOKEN_LIFE_SECONDS.preparedGrant;
  if (claims.exp - claims.iat <= longest) return claims;
  throw new RecoverError({
    code: 'TokenMalformed',
    message: `the grant lives ${claims.exp - claims.iat} s; at most ${longest} are allowed`,
    mend: TAKE_FRESH,
  });
};

/** The claims of a grant without any check of its signature. @throws RecoverError `TokenMalformed` */
export const decodeGrant = (grant: string): GrantClaims =>
  saysSourceCluster(grant)
    ? oneReason(decodeToken(sourceClusterToken, grant).claims)
    : decodeToken(appGroupToken, grant).claims;

/**
 * Verifies a grant of either kind.
 * @throws RecoverError `TokenMalformed`, `TokenUntrusted`, `TokenRevoked`, `TokenExpired`
 */
export const verifyGrantToken = async (grant: string, verification: Verification): Promise<GrantClaims> =>
  checkLife(
    saysSourceCluster(grant)
      ? oneReason(await verifyToken(sourceClusterToken, grant, verification))
      : await verifyToken(appGroupToken, grant, verification),
  );
