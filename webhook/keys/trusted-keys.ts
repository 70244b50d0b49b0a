import { CONTEXT_NAMES } from '../../api/context-names.ts';
import type { ClusterKey } from '../../api/kinds/cluster-identity.ts';
import { clusterOfUrn } from '../../api/tokens/urns.ts';
import type { KeyLookup } from '../../api/tokens/verify-token.ts';

/** Brings the keys that a cluster has today. */
const TRUST = `an operator here runs: kubectl recover cluster trust --from-context ${CONTEXT_NAMES.source} --context ${CONTEXT_NAMES.here}`;

/** Finds the public keys of one cluster; nothing for a cluster that is not trusted here. */
export type KeysOfCluster = (clusterId: string) => readonly ClusterKey[] | undefined;

/**
 * What counts of this cluster's own keys: those of its Secrets and, of what an operator wrote, stamp keys from before a
 * re-installation and keys that count no more. A grant lives for minutes: no former key has one left to vouch for.
 */
export const ownKeys = (held: readonly ClusterKey[], written: readonly ClusterKey[] = []): ClusterKey[] => {
  const revoked = new Set(written.filter(({ state }) => state === 'Revoked').map(({ kid }) => kid));
  const former = written.filter(({ kid, use, state }) => {
    const isHeld = held.some(key => key.kid === kid);
    return !isHeld && (state === 'Revoked' || (state === 'Retired' && use === 'Stamp'));
  });
  return [...held.map((key): ClusterKey => (revoked.has(key.kid) ? { ...key, state: 'Revoked' } : key)), ...former];
};

/**
 * Looks a key up by issuer and `kid` among keys of one use. A retired key still verifies what it signed; a revoked
 * one verifies nothing, whatever time the token names.
 */
export const lookUpKey = (keysOf: KeysOfCluster, use: ClusterKey['use'], issuer: string, kid: string): KeyLookup => {
  const clusterId = clusterOfUrn(issuer);
  if (clusterId === undefined) return { outcome: 'unknown', because: 'its issuer is no cluster' };
  const keys = keysOf(clusterId);
  if (keys === undefined) {
    return {
      outcome: 'unknown',
      because: `cluster "${clusterId}" is no peer of this cluster`,
      mend: TRUST,
    };
  }
  const key = keys.find(candidate => candidate.kid === kid && candidate.use === use);
  if (key === undefined) {
    return {
      outcome: 'unknown',
      because: `cluster "${clusterId}" has no such key for ${use.toLowerCase()}s here`,
      mend: TRUST,
    };
  }
  return key.state === 'Revoked' ? { outcome: 'revoked' } : { outcome: 'trusted', jwk: key.jwk };
};
