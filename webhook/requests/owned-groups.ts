import type { GroupAnswer } from '../../api/kinds/access-request.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import { judgeOwnership } from '../checks/ownership.ts';
import type { GroupView } from '../state/views.ts';

/** Whether a group is the one that somebody typed. Of several that had one name, one after the other, the ID tells. */
export const isMeant = (
  { id, namespace, name }: Pick<GroupView, 'id' | 'namespace' | 'name'>,
  asTyped: string | undefined,
): boolean => asTyped === undefined || [id, name, `${namespace}/${name}`].includes(asTyped);

/** The groups that a user owns, of those that are there; by name, or namespace/name, if one is given. */
export const ownedGroups = (
  groups: readonly GroupView[],
  requester: Requester,
  asTyped: string | undefined,
): GroupView[] =>
  groups
    .filter(group => !group.deleting && judgeOwnership(requester, group.owners, undefined) === 'owner')
    .filter(group => isMeant(group, asTyped))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));

/** A group as its owner is told of it; one that is not settled yet has no ID and is not told. */
export const groupAnswer = (group: GroupView): GroupAnswer[] =>
  group.id === undefined
    ? []
    : [
        {
          id: group.id,
          namespace: group.namespace,
          name: group.name,
          namespaces: [...group.claimed],
          owners: [...group.owners],
          ...(group.destinations === undefined ? {} : { destinations: [...group.destinations] }),
          ready: group.ready,
          message: group.message,
          points: group.points,
          ...(group.newestPoint === undefined ? {} : { newestPoint: group.newestPoint }),
        },
      ];
