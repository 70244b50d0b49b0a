import { compactVerify, importJWK } from 'jose';
import type { Static, TSchema } from 'typebox';
import { CONTEXT_NAMES } from '../context-names.ts';
import type { PublicJwk } from '../kinds/jwk.ts';
import { type Parser, parserOf } from '../parse.ts';
import { RecoverError } from '../recover-error.ts';
import { CLOCK_TOLERANCE_SECONDS } from './kinds.ts';
import type { TokenKind } from './token-kind.ts';

/** What a verifier knows of the key that a token names. */
export type KeyLookup =
  | { readonly outcome: 'trusted'; readonly jwk: PublicJwk }
  | { readonly outcome: 'revoked' }
  | { readonly outcome: 'unknown'; readonly because: string; readonly mend?: string };

export interface Verification {
  /** Finds the key by issuer and `kid` in a fixed set; nothing else of a header is believed (RFC 8725 §3.10). */
  readonly key: (issuer: string, kid: string) => KeyLookup;
  /** The instant that `exp` and `iat` are judged at. */
  readonly now: Date;
  /** The one audience this verifier is. Absent: the kind has none. */
  readonly audience?: string;
}

/** What mends a token that is wrong in itself. */
export const TAKE_FRESH =
  'take a fresh proof: kubectl recover GROUP; what this one says tells: kubectl recover inspect';

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const KID = /^[A-Za-z0-9_-]{43}$/;

const parsers = new WeakMap<TSchema, Parser<unknown>>();
const claimsParser = <Claims extends TSchema>(kind: TokenKind<Claims>): Parser<Static<Claims>> => {
  const known = parsers.get(kind.claims) as Parser<Static<Claims>> | undefined;
  if (known) return known;
  const parser = parserOf(kind.claims, `the ${kind.name}`, 'TokenMalformed', TAKE_FRESH);
  parsers.set(kind.claims, parser);
  return parser;
};

const malformed = (kind: { name: string }, what: string): RecoverError =>
  new RecoverError({ code: 'TokenMalformed', message: `the ${kind.name} is malformed: ${what}`, mend: TAKE_FRESH });

/** Decodes one part strictly: lax base64url would give one signature many spellings. */
const decodePart = (part: string, kind: { name: string }, what: string): Buffer => {
  const bytes = Buffer.from(part, 'base64url');
  if (!BASE64URL.test(part) || bytes.toString('base64url') !== part) throw malformed(kind, `${what} is not base64url`);
  return bytes;
};

const decodeJson = (bytes: Buffer, kind: { name: string }, what: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RecoverError(
      {
        code: 'TokenMalformed',
        message: `the ${kind.name} is malformed: ${what} is not JSON in UTF-8`,
        mend: TAKE_FRESH,
      },
      { cause },
    );
  }
};

const kidOf = (header: unknown, kind: TokenKind<TSchema>): string => {
  if (typeof header !== 'object' || header === null) throw malformed(kind, 'the header is no object');
  const { alg, typ, kid, ...others } = header as Record<string, unknown>;
  if (alg !== 'ES256') throw malformed(kind, 'its algorithm is not ES256');
  if (typ !== kind.typ) throw malformed(kind, `its type is not ${kind.typ}`);
  if (typeof kid !== 'string' || !KID.test(kid)) throw malformed(kind, 'its key has no proper name');
  if (Object.keys(others).length > 0) throw malformed(kind, 'its header says more than alg, typ and kid');
  return kid;
};

/**
 * The claims of a token **without** any check of its signature: to find out which key to ask for, or to show it.
 * @throws RecoverError `TokenMalformed`
 */
export const decodeToken = <Claims extends TSchema>(
  kind: TokenKind<Claims>,
  token: string,
): { readonly kid: string; readonly claims: Static<Claims> } => {
  if (token.length > kind.maxLength) throw malformed(kind, `it is longer than ${kind.maxLength} characters`);
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw malformed(kind, 'it has not three parts');
  }
  decodePart(signature, kind, 'the signature');
  const kid = kidOf(decodeJson(decodePart(header, kind, 'the header'), kind, 'the header'), kind);
  const claims = claimsParser(kind)(decodeJson(decodePart(payload, kind, 'the content'), kind, 'the content'));
  return { kid, claims };
};

const checkTimes = (claims: { iat: number; exp?: number }, kind: { name: string }, now: Date): void => {
  const seconds = Math.floor(now.getTime() / 1000);
  if (claims.iat > seconds + CLOCK_TOLERANCE_SECONDS) {
    throw new RecoverError({
      code: 'TokenMalformed',
      message: `the ${kind.name} was issued in the future: ${new Date(claims.iat * 1000).toISOString()}`,
      mend: 'compare the clocks of the two clusters and of this machine: kubectl recover check --context CONTEXT',
    });
  }
  if (claims.exp !== undefined && claims.exp + CLOCK_TOLERANCE_SECONDS <= seconds) {
    throw new RecoverError({
      code: 'TokenExpired',
      message: `the ${kind.name} expired at ${new Date(claims.exp * 1000).toISOString()}`,
      mend: 'take a fresh proof: kubectl recover GROUP; one that was prepared is prepared again: kubectl recover prepare GROUP',
    });
  }
};

const keyFor = (kind: { name: string }, issuer: string, kid: string, verification: Verification): PublicJwk => {
  const lookup = verification.key(issuer, kid);
  switch (lookup.outcome) {
    case 'trusted':
      return lookup.jwk;
    case 'revoked':
      throw new RecoverError({
        code: 'TokenRevoked',
        message: `the ${kind.name} is signed by key "${kid}", which was revoked here`,
        mend: `an operator revokes it in the cluster that it is of, which makes another one at once: kubectl recover cluster revoke-key self ${kid.replace(/^-+/, '')} --reason TEXT --context ${CONTEXT_NAMES.source}; then this one trusts that: kubectl recover cluster trust --from-context ${CONTEXT_NAMES.source} --context ${CONTEXT_NAMES.here}`,
      });
    case 'unknown':
      throw new RecoverError({
        code: 'TokenUntrusted',
        message: `the ${kind.name} is not trusted: ${lookup.because}`,
        mend: lookup.mend ?? TAKE_FRESH,
      });
  }
};

/**
 * Verifies a token as RFC 8725 asks: size before parsing, algorithm, `typ` and key pinned by us, one audience,
 * every claim required, nothing in the header believed.
 * @throws RecoverError `TokenMalformed`, `TokenUntrusted`, `TokenRevoked`, `TokenExpired`
 */
export const verifyToken = async <Claims extends TSchema>(
  kind: TokenKind<Claims>,
  token: string,
  verification: Verification,
): Promise<Static<Claims>> => {
  const { kid, claims } = decodeToken(kind, token);
  const known = claims as { iss: string; iat: number; exp?: number; aud?: string };
  const jwk = keyFor(kind, known.iss, kid, verification);
  try {
    await compactVerify(token, await importJWK({ ...jwk }, 'ES256'), { algorithms: ['ES256'] });
  } catch (cause) {
    throw new RecoverError(
      {
        code: 'TokenUntrusted',
        message: `the signature of the ${kind.name} does not fit its content`,
        mend: TAKE_FRESH,
      },
      { cause },
    );
  }
  checkTimes(known, kind, verification.now);
  if (known.aud !== verification.audience) {
    throw new RecoverError({
      code: 'TokenUntrusted',
      message: `the ${kind.name} is meant for somebody else`,
      mend: TAKE_FRESH,
    });
  }
  return claims;
};
