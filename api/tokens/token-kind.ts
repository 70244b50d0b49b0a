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

/** Claims that every token carries beside its own; times are seconds since the epoch (RFC 7519 NumericDate). */
export const registeredClaims = { iss: text({ maxLength: 128 }), iat: integer(), jti: text({ maxLength: 128 }) };
export const expiringClaims = { ...registeredClaims, exp: integer() };

/** A claims schema: unknown claims are refused, since one could carry a limit that this version does not know. */
export const claims = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  object(properties, { additionalProperties: false });
