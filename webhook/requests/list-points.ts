import type { AccessRequestSpec, PointAnswer } from '../../api/kinds/access-request.ts';
import { pointProblems, pointWarning } from '../checks/check-point.ts';
import { stampSpeaks, type Voucher } from '../checks/lineage.ts';
import type { ClusterState, StampVerdict } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';

/** The group whose points are asked for, by its grant or by the group itself. */
export interface PointsOf extends Voucher {
  /** Namespaces the group holds now. */
  readonly namespaces: readonly string[];
}

type Wish = NonNullable<AccessRequestSpec['wants']['points']>;

const DEFAULT_LIMIT = 100;

const isWithin = (start: string, { since, until }: Wish): boolean =>
  (since === undefined || Date.parse(start) >= Date.parse(since)) &&
  (until === undefined || Date.parse(start) <= Date.parse(until));

const answer = (
  backup: BackupView,
  { claims, adoption }: Extract<StampVerdict, { readonly outcome: 'valid' }>,
  group: PointsOf,
  state: ClusterState,
  now: Date,
): PointAnswer[] => {
  const held = claims.groups.find(({ id }) => id === group.groupId)?.namespaces.map(([name]) => name) ?? [];
  const namespaces = held.filter(name => group.namespaces.includes(name)).sort();
  if (namespaces.length === 0) return [];
  const [problem] = pointProblems(backup, namespaces, state, now);
  const message = problem?.message ?? pointWarning(backup, state);
  const { completionTimestamp, expiration, phase } = backup.status;
  return [
    {
      backup: backup.name,
      source: claims.cluster.id,
      startTime: claims.backup.startTime,
      ...(completionTimestamp ? { completionTime: completionTimestamp } : {}),
      ...(expiration ? { expiryTime: expiration } : {}),
      namespaces,
      phase: phase ?? 'New',
      usable: problem === undefined,
      ...(problem === undefined ? {} : { code: problem.code }),
      ...(message === undefined ? {} : { message: message.slice(0, 1024) }),
      ...(adoption === undefined ? {} : { adoptedBy: adoption.by }),
    },
  ];
};

/** The recovery points of a group in this cluster, newest first, each with whether it can be used and if not why. */
export const listPoints = async (
  backups: readonly BackupView[],
  group: PointsOf,
  wish: Wish,
  state: ClusterState,
  now: Date,
): Promise<PointAnswer[]> => {
  const veleroNamespaces = state.self().veleroNamespaces;
  const points = await Promise.all(
    backups
      .filter(backup => veleroNamespaces.includes(backup.namespace))
      .map(async backup => {
        const verdict = await state.stampOf(backup);
        if (verdict.outcome !== 'valid' || !stampSpeaks(verdict.claims, group, state)) return [];
        return answer(backup, verdict, group, state, now);
      }),
  );
  return points
    .flat()
    .filter(({ startTime }) => isWithin(startTime, wish))
    .sort((a, b) => Date.parse(b.startTime) - Date.parse(a.startTime))
    .slice(0, wish.limit ?? DEFAULT_LIMIT);
};
