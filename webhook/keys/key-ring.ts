import type { PublicJwk } from '../../api/kinds/jwk.ts';
import type { SigningKey } from '../../api/tokens/sign-token.ts';

/** The key that will sign next: every replica accepts it before the first one signs with it. */
export interface NextKey {
  readonly key: SigningKey;
  readonly created: string;
  /** RFC 3339; not earlier than this it takes the place of the key that signs now. */
  readonly signsFrom: string;
}

/** Public half of a key that signs no more; what it signed still counts. */
export interface RetiredKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly created: string;
  readonly retired: string;
}

/** All keys of one use, as the Secret of that use holds them. */
export interface KeyRing {
  readonly signing: SigningKey;
  readonly created: string;
  readonly next?: NextKey;
  readonly retired: readonly RetiredKey[];
  /** Succession statements, oldest first: each announces a key, signed by the one before it. */
  readonly statements: readonly string[];
}

/** More are not kept; a ring that is full rotates no more. */
export const MAX_RETIRED = 28;
