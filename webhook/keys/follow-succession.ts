import type { ClusterIdentity, Successor } from '../../api/kinds/cluster-identity.ts';
import { announcedKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type SuccessionClaims, successionToken } from '../../api/tokens/kinds.ts';
import { thumbprintOf } from '../../api/tokens/sign-token.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import { decodeToken, type KeyLookup, verifyToken } from '../../api/tokens/verify-token.ts';

type Peer = Pick<ClusterIdentity, 'spec' | 'status'>;

/** What a succession statement comes to at a peer: news, nothing new, or nothing that counts. */
export type Succession =
  | { readonly kind: 'announced'; readonly successor: Successor }
  | { readonly kind: 'known' }
  | { readonly kind: 'ignored'; readonly because: string };

const ignored = (because: string): Succession => ({ kind: 'ignored', because });

/**
 * The key that may announce: one that signs or will, of this very use. A retired key has said whom it was followed by,
 * and may have been stolen since; a revoked one says nothing.
 */
const announcer = (peer: Peer, kid: string, use: SuccessionClaims['use']): KeyLookup => {
  const key = announcedKeys(peer).find(candidate => candidate.kid === kid && candidate.use === use);
  if (key === undefined) return { outcome: 'unknown', because: `it has no such key for ${use.toLowerCase()}s here` };
  if (key.state === 'Revoked') return { outcome: 'revoked' };
  return key.state === 'Retired'
    ? { outcome: 'unknown', because: 'a key that is retired announces none' }
    : { outcome: 'trusted', jwk: key.jwk };
};

/** The cluster that a statement says it is of; nothing is believed of it yet. */
export const clusterOfStatement = (statement: string): string | undefined => {
  try {
    return clusterOfUrn(decodeToken(successionToken, statement).claims.iss);
  } catch {
    // Malformed: no cluster's.
    return undefined;
  }
};

/** Judges a statement against what is known of the peer that it is of. */
export const judgeSuccession = async (statement: string, peer: Peer, now: Date): Promise<Succession> => {
  try {
    const { kid: signer, claims } = decodeToken(successionToken, statement);
    const kid = await thumbprintOf(claims.jwk);
    const successors = peer.status?.successors ?? [];
    if ([...(peer.spec.keys ?? []), ...successors].some(known => known.kid === kid)) return { kind: 'known' };
    if (clusterOfUrn(claims.iss) !== peer.spec.clusterID) return ignored('it is of another cluster');
    if (claims.predecessor !== signer) return ignored('it is signed by another key than the one it says');
    await verifyToken(successionToken, statement, {
      now,
      key: (_, named) => announcer(peer, named, claims.use),
    });
    if (successors.some(({ predecessor }) => predecessor === signer)) {
      return ignored('the key that signs it has announced another one before');
    }
    const { use, jwk } = claims;
    return { kind: 'announced', successor: { kid, use, jwk, predecessor: signer, since: now.toISOString() } };
  } catch (error) {
    if (error instanceof RecoverError) return ignored(error.message);
    throw error;
  }
};
