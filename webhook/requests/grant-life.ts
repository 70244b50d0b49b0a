import { randomName } from '../../api/digest.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { TOKEN_LIFE_SECONDS } from '../../api/tokens/kinds.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';
import type { PreparedLife } from './prepared-grant.ts';

export interface GrantHolder {
  /** The cluster that signs. */
  readonly issuer: Cluster;
  readonly username: string;
  readonly publicKey: PublicJwk;
  readonly now: Date;
  /** Absent: for 15 minutes, for whatever the holder signs. */
  readonly prepared?: PreparedLife | undefined;
}

/** Claims that both kinds of grant begin with: for this user and the holder of this key, and for how long. */
export const grantLife = ({ issuer, username, publicKey, now, prepared }: GrantHolder) => {
  const iat = Math.floor(now.getTime() / 1000);
  const { kty, crv, x, y } = publicKey;
  return {
    iss: clusterUrn(issuer.id),
    sub: username,
    iat,
    exp: iat + (prepared?.lifeSeconds ?? TOKEN_LIFE_SECONDS.grant),
    jti: randomName(),
    cnf: { jwk: { kty, crv, x, y } },
    ...(prepared === undefined ? {} : { prepared: prepared.claims }),
  };
};
