import type { Problem } from '../../api/recover-error.ts';
import type { Check, Facts } from './check.ts';

const gone = (name: string): Problem => ({
  code: 'GroupGone',
  message: `application group "${name}" was deleted since the proof was given`,
  mend: 'run the command again',
});

const stillExists = (name: string): Problem => ({
  code: 'GroupStillExists',
  message: `application group "${name}" exists in this cluster, so it speaks for itself`,
  mend: 'run the command again; its owners of today can recover it',
});

const notLost = (cluster: string): Problem => ({
  code: 'SourceNotLost',
  message: `cluster "${cluster}" is not declared lost here`,
  mend: 'recover with --from-context naming it; if it is gone for good, an operator declares it lost',
});

/** Check `group`: what the grant says of the group still holds. A peer's group is known by the grant alone. */
export const checkGroup: Check = {
  name: 'group',
  judge: ({ chain: { grant }, state }: Facts) => {
    const name = `${grant.group.namespace}/${grant.group.name}`;
    const lives = state.group(grant.group.id) !== undefined;
    if (grant.absent === undefined && grant.lost === undefined) {
      return grant.cluster.id === state.self().cluster.id && !lives ? [gone(name)] : [];
    }
    const isLost = grant.lost === undefined || state.peer(grant.cluster.id)?.lostSince !== undefined;
    return [...(lives ? [stillExists(name)] : []), ...(isLost ? [] : [notLost(grant.cluster.id)])];
  },
};
