import type { TSchema } from 'typebox';
import { RecoverError } from '../../api/recover-error.ts';
import * as kinds from '../../api/tokens/kinds.ts';
import { thumbprintOf } from '../../api/tokens/sign-token.ts';
import type { TokenKind } from '../../api/tokens/token-kind.ts';
import { holderUrn } from '../../api/tokens/urns.ts';
import { decodeToken, type KeyLookup, verifyToken } from '../../api/tokens/verify-token.ts';
import { type KeyUse, lookUpKey, signatureMend, TAKE_ANOTHER } from './look-up-key.ts';
import { GIVE_TOKEN } from './token-input.ts';
import type { KnownKey } from './token-keys.ts';

/** One thing that was looked at. */
export interface TokenCheck {
  readonly check: 'signature' | 'time' | 'grant' | 'holder';
  readonly ok: boolean;
  readonly code?: string;
  readonly message: string;
  /** With what failed. */
  readonly mend?: string;
}

/** What a token says, and what of it holds. */
export interface Examined {
  readonly kind: string;
  readonly typ: string;
  readonly issuer: string;
  readonly kid: string;
  readonly issuedAt: string;
  readonly expiresAt?: string;
  /** Without a token that is inside. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly checks: readonly TokenCheck[];
  readonly grant?: Examined;
}

/** Every kind of token, and the keys that sign it. */
const KINDS: readonly { readonly kind: TokenKind<TSchema>; readonly use: KeyUse | undefined }[] = [
  { kind: kinds.stampToken, use: 'Stamp' },
  { kind: kinds.adoptedStampToken, use: 'Stamp' },
  { kind: kinds.appGroupToken, use: 'Grant' },
  { kind: kinds.sourceClusterToken, use: 'Grant' },
  { kind: kinds.accessToken, use: 'Holder' },
  { kind: kinds.recoveryToken, use: 'Admission' },
  // Signed by the key before, of whichever use.
  { kind: kinds.successionToken, use: undefined },
];

const LONGEST = Math.max(...KINDS.map(({ kind }) => kind.maxLength));
const MAX_HEADER = 1024;

const malformed = (why: string): RecoverError =>
  new RecoverError({ code: 'TokenMalformed', message: `this is no token of ours: ${why}`, mend: GIVE_TOKEN });

const typOf = (token: string): unknown => {
  if (token.length > LONGEST) throw malformed(`it is longer than ${LONGEST} characters`);
  const [header = ''] = token.split('.', 1);
  if (header.length > MAX_HEADER) throw malformed('its header is too long');
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? Reflect.get(value, 'typ') : undefined;
  } catch {
    throw malformed('its header is not JSON');
  }
};

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

const timeCheck = (iat: number, exp: number | undefined, now: Date): TokenCheck => {
  const seconds = Math.floor(now.getTime() / 1000);
  if (iat > seconds + kinds.CLOCK_TOLERANCE_SECONDS) {
    const mend = 'compare the clocks of its cluster and of this machine: kubectl recover check --context CONTEXT';
    return { check: 'time', ok: false, code: 'TokenMalformed', message: 'it was issued in the future', mend };
  }
  if (exp === undefined) return { check: 'time', ok: true, message: 'it does not expire' };
  if (exp + kinds.CLOCK_TOLERANCE_SECONDS > seconds) return { check: 'time', ok: true, message: 'it has not expired' };
  const mend = `${TAKE_ANOTHER}; one that was prepared is prepared again: kubectl recover prepare GROUP`;
  return { check: 'time', ok: false, code: 'TokenExpired', message: 'it has expired', mend };
};

interface Read {
  readonly kind: TokenKind<TSchema>;
  readonly use: KeyUse | undefined;
  readonly kid: string;
  readonly claims: Readonly<Record<string, unknown>> & {
    readonly iss: string;
    readonly iat: number;
    readonly exp?: number;
    readonly aud?: string;
  };
}

const read = (token: string): Read => {
  const typ = typOf(token);
  const known = KINDS.find(({ kind }) => kind.typ === typ);
  if (known === undefined) throw malformed('its type is none that is known');
  const { kid, claims } = decodeToken(known.kind, token);
  return { ...known, kid, claims: claims as Read['claims'] };
};

const signatureCheck = async (
  token: string,
  { kind, use, kid, claims }: Read,
  key: (iss: string, kid: string) => KeyLookup,
): Promise<TokenCheck> => {
  // Judged as of its issue: whether it has expired is a check of its own.
  const now = new Date(claims.iat * 1000);
  try {
    await verifyToken(kind, token, { key, now, ...(claims.aud === undefined ? {} : { audience: claims.aud }) });
    return { check: 'signature', ok: true, message: 'it fits the content and the key' };
  } catch (error) {
    if (!(error instanceof RecoverError)) throw error;
    const { code, message } = error;
    return { check: 'signature', ok: false, code, message, mend: signatureMend(key(claims.iss, kid), use) };
  }
};

const summary = ({ kind, kid, claims }: Read, checks: readonly TokenCheck[]): Examined => {
  const { iss, iat, exp, grant: _, ...rest } = claims;
  return {
    ...{ kind: kind.name, typ: kind.typ, issuer: iss, kid, issuedAt: instant(iat) },
    ...(exp === undefined ? {} : { expiresAt: instant(exp) }),
    claims: rest,
    checks,
  };
};

const untrusted = (check: TokenCheck['check'], message: string, mend: string): TokenCheck => ({
  ok: false,
  code: 'TokenUntrusted',
  check,
  message,
  mend,
});

/** An access token is signed by the key that the grant inside of it names. */
const examineAccess = async (token: string, outer: Read, keys: readonly KnownKey[], now: Date): Promise<Examined> => {
  const inner = String(outer.claims['grant']);
  const grant = await examineToken(inner, keys, now);
  const { cnf, sub, exp } = read(inner).claims as { cnf?: { jwk: KnownKey['jwk'] }; sub?: string; exp?: number };
  if (cnf === undefined) throw malformed('the token inside of it is no grant');
  const holder = await thumbprintOf(cnf.jwk);
  const key = (issuer: string, kid: string): KeyLookup =>
    kid === holder && issuer === holderUrn(holder)
      ? { outcome: 'trusted', jwk: cnf.jwk }
      : { outcome: 'unknown', because: 'it is signed by another key than the one its grant was given to' };
  const belongs = sub === outer.claims['sub'] && (exp ?? 0) >= (outer.claims.exp ?? 0);
  const isGood = grant.checks.every(({ ok }) => ok);
  const checks: TokenCheck[] = [
    await signatureCheck(token, outer, key),
    timeCheck(outer.claims.iat, outer.claims.exp, now),
    belongs
      ? { check: 'holder', ok: true, message: 'user and life are those of its grant' }
      : untrusted('holder', 'user or life are not those of its grant', TAKE_ANOTHER),
    isGood
      ? { check: 'grant', ok: true, message: 'the grant inside of it is good' }
      : untrusted('grant', 'the grant inside of it is not good', 'see what is wrong with it below, and mend that'),
  ];
  return { ...summary(outer, checks), grant };
};

/**
 * Reads a token of any kind and verifies it against keys; asks nobody.
 * @throws RecoverError `TokenMalformed` for what is no token of ours
 */
export const examineToken = async (token: string, keys: readonly KnownKey[], now: Date): Promise<Examined> => {
  const outer = read(token);
  if (outer.kind === kinds.accessToken) return examineAccess(token, outer, keys, now);
  const signature = await signatureCheck(token, outer, lookUpKey(keys, outer.use));
  return summary(outer, [signature, timeCheck(outer.claims.iat, outer.claims.exp, now)]);
};

/** Whether all of a token holds. */
export const isGood = ({ checks }: Examined): boolean => checks.every(({ ok }) => ok);
