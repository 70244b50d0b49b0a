import { generateKeyPairSync } from 'node:crypto';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { type SigningKey, signingKeyOf } from '../../api/tokens/sign-token.ts';

/** A key for one recovery. It lives in the memory of this process and is never written anywhere. */
export const makeEphemeralKey = (): Promise<SigningKey> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signingKeyOf(privateKey.export({ format: 'jwk' }) as PublicJwk & { readonly d: string });
};
