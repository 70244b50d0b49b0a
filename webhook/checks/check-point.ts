import type { Problem } from '../../api/recover-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { BackupView } from '../state/views.ts';
import type { Check } from './check.ts';

type PointState = Pick<ClusterState, 'errorsOf' | 'location'>;

/** What keeps a Backup from being recovered from now, for a group with these namespaces of it. */
export const pointProblems = (
  backup: BackupView,
  namespaces: readonly string[],
  state: PointState,
  now: Date,
): Problem[] => [
  ...readyProblems(backup, namespaces, state),
  ...expiryProblems(backup, now),
  ...locationProblems(backup, state),
];

/** What mends a point that cannot be used. */
export const OTHER_POINT = 'choose another point: kubectl recover points GROUP';

const notReady = (message: string, mend = OTHER_POINT): Problem[] => [{ code: 'PointNotReady', message, mend }];

const readyProblems = (backup: BackupView, namespaces: readonly string[], state: PointState): Problem[] => {
  const phase = backup.status.phase ?? 'New';
  if (backup.deleting) return notReady(`backup "${backup.name}" is being deleted`);
  if (phase === 'Completed') return [];
  if (phase !== 'PartiallyFailed') return notReady(`backup "${backup.name}" is in phase ${phase}`);
  const errors = state.errorsOf(backup);
  if (errors.outcome === 'unknown') {
    return notReady(
      `backup "${backup.name}" partially failed, and its results are not known yet`,
      `try again in a minute; or ${OTHER_POINT}`,
    );
  }
  const failed = namespaces.filter(namespace => (errors.byNamespace.get(namespace) ?? 0) > 0);
  if (failed.length === 0) return [];
  const names = failed.map(name => `"${name}"`).join(', ');
  return notReady(`backup "${backup.name}" has errors in namespace ${names}`);
};

/** What is to be said of a usable Backup: errors that may concern any group in it, and that nobody can place. */
export const pointWarning = (backup: BackupView, state: Pick<ClusterState, 'errorsOf'>): string | undefined => {
  if (backup.status.phase !== 'PartiallyFailed') return undefined;
  const errors = state.errorsOf(backup);
  if (errors.outcome === 'unknown' || errors.unattributed === 0) return undefined;
  return `the backup has ${errors.unattributed} errors of which Velero names no namespace, such as failed hooks; something of the group may be missing`;
};

const expiryProblems = (backup: BackupView, now: Date): Problem[] => {
  const expiry = backup.status.expiration;
  if (!expiry || Date.parse(expiry) > now.getTime()) return [];
  return [{ code: 'PointExpired', message: `backup "${backup.name}" expired at ${expiry}`, mend: OTHER_POINT }];
};

const locationProblems = (backup: BackupView, state: PointState): Problem[] => {
  const phase = state.location(backup.namespace, backup.location)?.phase;
  if (phase === 'Available') return [];
  const what = phase === undefined ? 'does not exist here' : `is ${phase}`;
  return [
    {
      code: 'LocationUnavailable',
      message: `the storage location "${backup.location}" of backup "${backup.name}" ${what}`,
      mend: `an operator looks at it: kubectl get backupstoragelocation ${backup.location} -n ${backup.namespace}; then try again`,
    },
  ];
};

/** Check `point`: the backup is here, is the one of the named source, and can be restored from now. */
export const checkPoint: Check = {
  name: 'point',
  judge: ({ registration, chain: { access }, candidates, found, owned, state }) => {
    const { backup: name, source } = access.point;
    if (candidates.length === 0) {
      return [
        {
          code: 'PointNotFound',
          message: `there is no backup "${name}" in this cluster`,
          mend: 'list the points with: kubectl recover points GROUP; a new one arrives within a minute of its end',
        },
      ];
    }
    if (found === undefined) {
      const others = candidates.flatMap(({ verdict }) => (verdict.outcome === 'valid' ? [verdict.issuer] : []));
      return [
        {
          code: 'PointShadowed',
          message: `a backup "${name}" is here, but it is one of cluster "${others[0] ?? 'unknown'}", not of cluster "${source}"; Velero syncs only the first of a name`,
          mend: 'choose a point whose name is not used in this cluster: kubectl recover points GROUP',
        },
      ];
    }
    return pointProblems(found.backup, owned?.namespaces ?? [], state, registration.now);
  },
};
