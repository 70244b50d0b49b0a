import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';
import type { KnownKey } from './token-keys.ts';

/** What a key signs; a grant's holder has one too. */
export type KeyUse = ClusterKey['use'] | 'Admission' | 'Holder';

const GIVE_KEYS =
  'give the keys of its issuer: --context CONTEXT of it, or --keys FILE with what this prints there: kubectl recover cluster export';
export const TAKE_ANOTHER = 'take a fresh proof: kubectl recover GROUP';

/** Finds the key of a token among those that were given. */
export const lookUpKey =
  (keys: readonly KnownKey[], use: KeyUse | undefined) =>
  (issuer: string, kid: string): KeyLookup => {
    const found = keys.filter(key => key.kid === kid);
    const key = found.find(
      ({ of }) => of === undefined || (of.issuer === issuer && (use ?? of.key.use) === of.key.use),
    );
    if (key?.of?.key.state === 'Revoked') return { outcome: 'revoked' };
    if (key !== undefined) return { outcome: 'trusted', jwk: key.jwk };
    if (found.length > 0)
      return { outcome: 'unknown', because: 'its key is one of another cluster, or for another use', mend: GIVE_KEYS };
    if (use === 'Admission') {
      return {
        outcome: 'unknown',
        because: 'keys of this kind never leave their cluster: its catalogue alone can tell',
        mend: 'see there what became of the recovery: kubectl recover status GROUP --context CONTEXT',
      };
    }
    return {
      outcome: 'unknown',
      because:
        keys.length === 0 ? 'no keys were given' : `none of the ${keys.length} keys given is the one that it names`,
      mend: GIVE_KEYS,
    };
  };

/** What would mend a signature that does not count, by what is known of its key. */
export const signatureMend = (found: KeyLookup, use: KeyUse | undefined): string => {
  if (found.outcome === 'unknown' && found.mend !== undefined) return found.mend;
  if (use !== 'Stamp') return TAKE_ANOTHER;
  return found.outcome === 'revoked'
    ? 'an operator attests the backup anew: kubectl recover stamp BACKUP --reattest --reason TEXT'
    : 'an operator adopts the backup: kubectl recover stamp BACKUP --dry-run=server';
};
