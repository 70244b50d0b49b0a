import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { type SigningKey, signingKeyOf } from '../../api/tokens/sign-token.ts';

/** The example key of RFC 7517 appendix A: the same in each run, known to everybody, and trusted by nobody. */
const PRIVATE_JWK = {
  ...({ kty: 'EC', crv: 'P-256' } as const),
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
} as const;

/** Its RFC 7638 thumbprint. */
export const EXAMPLE_KID = 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s';

const { d: _, ...jwk } = PRIVATE_JWK;

/** Its public half, as a ClusterIdentity holds it. */
export const EXAMPLE_KEY: ClusterKey = { kid: EXAMPLE_KID, use: 'Stamp', state: 'Active', jwk };

export const exampleSigningKey = (): Promise<SigningKey> => signingKeyOf(PRIVATE_JWK);
