import type { Static } from 'typebox';
import { object, oneOf, text } from '../schema.ts';

const coordinate = () => text({ minLength: 43, maxLength: 43, pattern: '^[A-Za-z0-9_-]{43}$' });

/** Public P-256 key as a JWK (RFC 7518 §6.2.1); no other curve, no private member. */
export const publicJwkSchema = object(
  { kty: oneOf(['EC']), crv: oneOf(['P-256']), x: coordinate(), y: coordinate() },
  { additionalProperties: false },
);

export type PublicJwk = Static<typeof publicJwkSchema>;
