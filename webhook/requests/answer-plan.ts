import {
  type AccessRequestSpec,
  MAX_PLANNED_OBJECTS,
  type PlanAnswer,
  type PlannedObject,
} from '../../api/kinds/access-request.ts';
import { RecoverError } from '../../api/recover-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import type { BackedUpObject, BackupContents } from './backup-contents.ts';
import { type PointsOf, pointOf } from './list-points.ts';

type Wish = NonNullable<AccessRequestSpec['wants']['plan']>;

/** A stored object of Kubernetes is limited to about 1.5 MB in all. */
const MAX_ANSWER_BYTES = 1_000_000;

const isSelected = ({ labels }: BackedUpObject, matchLabels: Readonly<Record<string, string>>): boolean =>
  labels === undefined || Object.entries(matchLabels).every(([key, value]) => labels[key] === value);

/** As many as there is room for; the rest is counted, so that nobody takes a part for the whole. */
const bounded = (objects: readonly PlannedObject[]): Pick<PlanAnswer, 'objects' | 'unlisted'> => {
  let bytes = 0;
  const room = objects.findIndex((object, index) => {
    bytes += JSON.stringify(object).length + 1;
    return index >= MAX_PLANNED_OBJECTS || bytes > MAX_ANSWER_BYTES;
  });
  return room === -1 ? { objects: [...objects] } : { objects: objects.slice(0, room), unlisted: objects.length - room };
};

const unavailable = (backup: string, cause: unknown): RecoverError =>
  new RecoverError(
    {
      code: 'PlanUnavailable',
      message: `what recovery point "${backup}" holds cannot be read now`,
      mend: 'recover without a plan, or try again; an operator looks at Velero and its storage location',
    },
    { cause },
  );

/**
 * What a recovery point holds of the group's own namespaces: bound to the stamp and the lineage as a point is, and never
 * with the name of an object in another namespace.
 * @throws RecoverError `PointNotFound`, `PlanUnavailable`
 */
export const answerPlan = async (
  backups: readonly BackupView[],
  group: PointsOf,
  wish: Wish,
  state: ClusterState,
  contents: Pick<BackupContents, 'of'>,
): Promise<PlanAnswer> => {
  const point = await pointOf(backups, group, wish.backup, state);
  if (point === undefined) {
    throw new RecoverError({
      code: 'PointNotFound',
      message: `the group has no recovery point "${wish.backup}" in this cluster`,
      mend: 'see which it has with: kubectl recover points GROUP',
    });
  }
  const { backup, namespaces } = point;
  const { objects, contentsRead } = await contents.of(backup, namespaces).catch((cause: unknown) => {
    throw unavailable(backup.name, cause);
  });
  const { matchLabels = {} } = wish;
  const planned = objects.map(({ labels, ...object }): PlannedObject => {
    return isSelected({ ...object, ...(labels === undefined ? {} : { labels }) }, matchLabels)
      ? object
      : { ...object, unselected: true };
  });
  const absent = namespaces.filter(name => state.namespace(name) === undefined);
  return { backup: backup.name, ...bounded(planned), contentsRead, ...(absent.length > 0 ? { absent } : {}) };
};
