import type { AccessRequestSpec, PointAnswer } from '../../api/kinds/access-request.ts';
import type { StampClaims } from '../../api/tokens/kinds.ts';
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

/** Namespaces of the group's that the stamp says it held in that Backup. */
const heldNamespaces = (claims: StampClaims, group: PointsOf): string[] => {
  const held = claims.groups.find(({ id }) => id === group.groupId)?.namespaces.map(([name]) => name) ?? [];
  return held.filter(name => group.namespaces.includes(name)).sort();
};

interface HeldPoint {
  readonly backup: BackupView;
  readonly claims: StampClaims;
  readonly adoption: Extract<StampVerdict, { readonly outcome: 'valid' }>['adoption'];
  readonly namespaces: readonly string[];
}

/** A Backup as a point of the group: its stamp is valid, of a cluster that speaks for the group, and names it. */
const heldPoint = async (backup: BackupView, group: PointsOf, state: ClusterState): Promise<HeldPoint | undefined> => {
  if (!state.self().veleroNamespaces.includes(backup.namespace)) return undefined;
  const verdict = await state.stampOf(backup);
  if (verdict.outcome !== 'valid' || !stampSpeaks(verdict.claims, group, state)) return undefined;
  const namespaces = heldNamespaces(verdict.claims, group);
  const { claims, adoption } = verdict;
  return namespaces.length === 0 ? undefined : { backup, claims, adoption, namespaces };
};

/** The group's point of that name, if it has one here. */
export const pointOf = async (
  backups: readonly BackupView[],
  group: PointsOf,
  name: string,
  state: ClusterState,
): Promise<HeldPoint | undefined> => {
  const points = await Promise.all(
    backups.filter(backup => backup.name === name).map(backup => heldPoint(backup, group, state)),
  );
  return points.find(point => point !== undefined);
};

const answer = ({ backup, claims, adoption, namespaces }: HeldPoint, state: ClusterState, now: Date): PointAnswer => {
  const [problem] = pointProblems(backup, namespaces, state, now);
  const message = problem?.message ?? pointWarning(backup, state);
  const { completionTimestamp, expiration, phase } = backup.status;
  return {
    backup: backup.name,
    source: claims.cluster.id,
    startTime: claims.backup.startTime,
    ...(completionTimestamp ? { completionTime: completionTimestamp } : {}),
    ...(expiration ? { expiryTime: expiration } : {}),
    namespaces: [...namespaces],
    phase: phase ?? 'New',
    usable: problem === undefined,
    ...(problem === undefined ? {} : { code: problem.code }),
    ...(message === undefined ? {} : { message: message.slice(0, 1024) }),
    ...(adoption === undefined ? {} : { adoptedBy: adoption.by }),
  };
};

/** The recovery points of a group in this cluster, newest first, each with whether it can be used and if not why. */
export const listPoints = async (
  backups: readonly BackupView[],
  group: PointsOf,
  wish: Wish,
  state: ClusterState,
  now: Date,
): Promise<PointAnswer[]> => {
  const points = await Promise.all(
    backups.map(async backup => {
      const point = await heldPoint(backup, group, state);
      return point === undefined ? [] : [answer(point, state, now)];
    }),
  );
  return points
    .flat()
    .filter(({ startTime }) => isWithin(startTime, wish))
    .sort((a, b) => Date.parse(b.startTime) - Date.parse(a.startTime))
    .slice(0, wish.limit ?? DEFAULT_LIMIT);
};
