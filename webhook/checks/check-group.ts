import { CONTEXT_NAMES } from '../../api/context-names.ts';
import type { Problem } from '../../api/recover-error.ts';
import type { GrantClaims } from '../../api/tokens/grant.ts';
import type { GroupView } from '../state/views.ts';
import type { Check, Facts } from './check.ts';
import { homeClusterOf, isLater } from './lineage.ts';

const gone = (name: string): Problem => ({
  code: 'GroupGone',
  message: `application group "${name}" was deleted since the proof was given`,
  mend: `take a fresh proof, if you own it by its newest backup: kubectl recover ${name}`,
});

const stillExists = (name: string): Problem => ({
  code: 'GroupStillExists',
  message: `application group "${name}" exists in this cluster, so it speaks for itself`,
  mend: `its owners of today recover it: kubectl recover ${name}`,
});

const notLost = (cluster: string, peer: string, name: string): Problem => ({
  code: 'SourceNotLost',
  message: `cluster "${cluster}" is not declared lost here`,
  mend: `recover by its own word: kubectl recover ${name} --from-context ${CONTEXT_NAMES.source} --context ${CONTEXT_NAMES.here}; if it is gone for good, an operator here runs: kubectl recover cluster declare-lost ${peer} --reason TEXT --context ${CONTEXT_NAMES.here}`,
});

/** The copy of a group here is not the active one any more; it grants nothing. */
export const activeElsewhere = (name: string, where: string): Problem => ({
  code: 'GroupActiveElsewhere',
  message: `application group "${name}" of this cluster grants nothing: ${where}`,
  mend: `recover from there with --from-context; or, if the copy here is the one that counts, an owner runs: kubectl recover group claim ${name}`,
});

const activeHere = ({ activeSince }: GroupView, name: string, cluster: string): Problem => ({
  code: 'GroupActiveElsewhere',
  message: `application group "${name}" is active in this cluster${activeSince === undefined ? '' : ` since ${activeSince}`}, so cluster "${cluster}" does not speak for it`,
  mend: 'recover with the proof of this cluster: leave out --from-context',
});

/**
 * What speaks against the word of another cluster on a group that lives here. Of two copies the one that became
 * active later counts, and the home of the group for a copy beside it.
 */
const overruled = (grant: GrantClaims, living: GroupView, name: string): Problem[] => {
  const isHomeOfCopy = living.activeSince === undefined && grant.cluster.id === homeClusterOf(grant.group.id);
  if (isHomeOfCopy || isLater(grant.activeSince, living.activeSince)) return [];
  return [activeHere(living, name, grant.cluster.id)];
};

/** Check `group`: what the grant says of the group still holds. A peer's group is known by the grant alone. */
export const checkGroup: Check = {
  name: 'group',
  judge: ({ chain: { grant }, state }: Facts) => {
    const name = `${grant.group.namespace}/${grant.group.name}`;
    const living = state.group(grant.group.id);
    const lives = living !== undefined;
    if (grant.absent === undefined && grant.lost === undefined) {
      const isOwnCluster = grant.cluster.id === state.self().cluster.id;
      if (!lives) return isOwnCluster ? [gone(name)] : [];
      if (!isOwnCluster) return overruled(grant, living, name);
      return living.activeElsewhere === undefined ? [] : [activeElsewhere(name, living.activeElsewhere)];
    }
    const source = grant.cluster.id;
    const peer = state.peer(source);
    const isLost = grant.lost === undefined || peer?.lostSince !== undefined;
    return [...(lives ? [stillExists(name)] : []), ...(isLost ? [] : [notLost(source, peer?.name ?? 'PEER', name)])];
  },
};
