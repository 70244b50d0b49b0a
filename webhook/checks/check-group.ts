import type { Check } from './check.ts';

/** Check `group`: what the grant says of the group still holds. A peer's group is known by the grant alone. */
export const checkGroup: Check = {
  name: 'group',
  judge: ({ chain: { grant }, state }) => {
    if (grant.cluster.id !== state.self().cluster.id) return [];
    if (state.group(grant.group.id) !== undefined) return [];
    return [
      {
        code: 'GroupGone',
        message: `application group "${grant.group.namespace}/${grant.group.name}" was deleted since the proof was given`,
        mend: 'run the command again',
      },
    ];
  },
};
