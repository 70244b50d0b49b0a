import type { TSchema } from 'typebox';
import { integer, object, text } from '../schema.ts';

/** How tokens of one kind look: RFC 8725 §3.11 and §3.12, no two kinds can be taken for one another. */
export interface TokenKind<Claims extends TSchema> {
  /** `typ` of the header, compared to the letter. */
  readonly typ: string;
  /** What people read in messages. */
  readonly name: string;
  /** Longest compact form in characters; longer ones are refused before anything is parsed. */
  readonly maxLength: number;
  readonly claims: Claims;
}

/** 9999-12-31T23:59:59Z, the last instant that RFC 3339 can write; a later one is no date at all. */
const END_OF_TIME = 253_402_300_799;

/** Claims that every token carries beside its own; times are seconds since the epoch (RFC 7519 NumericDate). */
const numericDate = () => integer({ maximum: END_OF_TIME });
export const registeredClaims = { iss: text({ maxLength: 128 }), iat: numericDate(), jti: text({ maxLength: 128 }) };
export const expiringClaims = { ...registeredClaims, exp: numericDate() };

/** A claims schema: unknown claims are refused, since one could carry a limit that this version does not know. */
export const claims = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  object(properties, { additionalProperties: false });
