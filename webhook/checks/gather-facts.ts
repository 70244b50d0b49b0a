import type { AccessChain } from '../../api/tokens/access-chain.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { Facts, FoundPoint, OwnedPoint, PlannedTarget, Registration } from './check.ts';
import { matchingPolicies } from './check-policy.ts';
import { stampSpeaks, voucherOf } from './lineage.ts';

/** Of several backups of one name the one that the named source has stamped; an unstamped one if none is stamped. */
const findPoint = (candidates: readonly FoundPoint[], source: string): FoundPoint | undefined => {
  const stamped = candidates.filter(({ verdict }) => verdict.outcome === 'valid');
  const match = stamped.find(({ verdict }) => verdict.outcome === 'valid' && verdict.issuer === source);
  return match ?? (stamped.length === 0 ? candidates[0] : undefined);
};

const ownedPart = (
  { backup, verdict }: FoundPoint,
  { grant }: AccessChain,
  state: ClusterState,
): OwnedPoint | undefined => {
  if (verdict.outcome !== 'valid' || !stampSpeaks(verdict.claims, voucherOf(grant), state)) return undefined;
  const group = verdict.claims.groups.find(({ id }) => id === grant.group.id);
  if (group === undefined) return undefined;
  // A namespace that left the group since is not recovered with it; one that came later is not in the point.
  const granted = new Set(grant.namespaces.map(([name]) => name));
  const namespaces = group.namespaces.map(([name]) => name).filter(name => granted.has(name));
  if (namespaces.length === 0) return undefined;
  const { claims: stamp, adoption } = verdict;
  return { backup, stamp, group, namespaces: namespaces.sort(), ...(adoption === undefined ? {} : { adoption }) };
};

const targetsOf = (owned: OwnedPoint, { restore }: Registration): PlannedTarget[] => {
  // A namespace may be called "constructor", which every object seems to have.
  const mapping = new Map(Object.entries(restore.namespaceMapping ?? {}));
  return owned.namespaces.map(source => ({
    source,
    name: mapping.get(source) ?? source,
    stampedUid: owned.group.namespaces.find(([name]) => name === source)?.[1] ?? '',
  }));
};

/** Reads from the live state all that the checks judge, once for all of them. */
export const gatherFacts = async (
  registration: Registration,
  chain: AccessChain,
  state: ClusterState,
): Promise<Facts> => {
  const backups = state.backups(chain.access.point.backup);
  const candidates = await Promise.all(backups.map(async backup => ({ backup, verdict: await state.stampOf(backup) })));
  const found = findPoint(candidates, chain.access.point.source);
  const owned = found ? ownedPart(found, chain, state) : undefined;
  return {
    registration,
    chain,
    state,
    candidates,
    policies: matchingPolicies(state.policies(), chain.grant),
    ...(found ? { found } : {}),
    ...(owned ? { owned, targets: targetsOf(owned, registration) } : {}),
  };
};
