import { CompactSign, calculateJwkThumbprint, importJWK } from 'jose';
import type { Static, TSchema } from 'typebox';
import type { PublicJwk } from '../kinds/jwk.ts';
import { parserOf } from '../parse.ts';
import { RecoverError } from '../recover-error.ts';
import type { TokenKind } from './token-kind.ts';

/** A P-256 private key ready to sign, with its RFC 7638 thumbprint as `kid`. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: PublicJwk;
}

/** RFC 7638 thumbprint of a public key, base64url of SHA-256. */
export const thumbprintOf = (jwk: PublicJwk): Promise<string> => calculateJwkThumbprint(jwk);

/** Signing key of a private JWK (RFC 7518 §6.2.2). */
export const signingKeyOf = async (privateJwk: PublicJwk & { readonly d: string }): Promise<SigningKey> => {
  const { kty, crv, x, y } = privateJwk;
  const publicJwk: PublicJwk = { kty, crv, x, y };
  const privateKey = await importJWK({ ...publicJwk, d: privateJwk.d }, 'ES256');
  if (privateKey instanceof Uint8Array) throw new TypeError('an EC key cannot be a byte string');
  return { kid: await thumbprintOf(publicJwk), privateKey, publicJwk };
};

/**
 * Compact JWS (RFC 7515 §7.1) of claims, ES256. The claims are held to the kind's schema and size, so that
 * nothing is signed that a verifier would not read.
 * @throws RecoverError `TokenMalformed` if the claims are not of the kind or the token is over its size.
 */
export const signToken = async <Claims extends TSchema>(
  kind: TokenKind<Claims>,
  claims: Static<Claims>,
  key: SigningKey,
): Promise<string> => {
  const checked = parserOf(kind.claims, `the content of this ${kind.name}`, 'TokenMalformed')(claims);
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(checked)))
    .setProtectedHeader({ alg: 'ES256', typ: kind.typ, kid: key.kid })
    .sign(key.privateKey);
  if (token.length > kind.maxLength) {
    throw new RecoverError({
      code: 'TokenMalformed',
      message: `this ${kind.name} has ${token.length} characters; at most ${kind.maxLength} are allowed`,
      mend: 'an owner makes the group smaller, of fewer namespaces, owners and destinations: kubectl edit applicationgroup NAME -n NAMESPACE',
    });
  }
  return token;
};
