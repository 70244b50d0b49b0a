import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type Backup, VELERO } from '../../api/velero/velero-types.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, quoted, warning } from './finding.ts';
import { judgeStampKeys } from './forgotten-keys.ts';
import { missingRight } from './missing-right.ts';

const FINISHED = new Set(['Completed', 'PartiallyFailed']);

/**
 * Whether a Backup was made here: Velero creates the object of a backup that it found in a bucket after that backup
 * has ended (backup_sync_controller.go), that of its own before it starts.
 */
const isOfThisCluster = ({ metadata, status }: Stored<Backup>): boolean =>
  Date.parse(metadata.creationTimestamp) <= Date.parse(status?.startTimestamp ?? '');

/** A name, or a pattern with `*`, as Velero takes them. */
const covers = (pattern: string, name: string): boolean => {
  const literals = pattern.split('*').map(part => part.replaceAll(/[^a-z0-9-]/gi, String.raw`\$&`));
  return new RegExp(`^${literals.join('.*')}$`).test(name);
};

const selects = ({ spec }: Backup, namespace: string): boolean => {
  const included = spec.includedNamespaces ?? [];
  const excluded = spec.excludedNamespaces ?? [];
  return (
    (included.length === 0 || included.some(pattern => covers(pattern, namespace))) &&
    !excluded.some(pattern => covers(pattern, namespace))
  );
};

/** Groups that were registered when the backup began and that it would have held. */
const holds = (backup: Stored<Backup>, group: Stored<ApplicationGroup>): boolean =>
  Date.parse(group.metadata.creationTimestamp) <= Date.parse(backup.status?.startTimestamp ?? '') &&
  group.spec.namespaces.some(namespace => selects(backup, namespace));

const pointsText = (groups: readonly Stored<ApplicationGroup>[]): string =>
  groups
    .map(({ metadata, status }) => {
      const newest = status?.newestPoint;
      const count = counted(status?.points ?? 0, 'point');
      return `${metadata.namespace}/${metadata.name} ${count}${newest === undefined ? '' : ` (newest "${newest.name}")`}`;
    })
    .join(', ');

const startOf = ({ status }: Backup): string => status?.startTimestamp ?? '';

/**
 * Finds the backups that owners cannot use although their group was there. `groups` is undefined where the caller may
 * not list them; then every backup without a stamp counts.
 */
export const judgeStamps = (
  backups: readonly Stored<Backup>[],
  groups: readonly Stored<ApplicationGroup>[] | undefined,
): Finding[] => {
  const unstamped = backups
    .filter(backup => FINISHED.has(backup.status?.phase ?? '') && isOfThisCluster(backup))
    .filter(
      ({ metadata: { annotations } }) => !(annotations?.[ANNOTATIONS.stamp] || annotations?.[ANNOTATIONS.adoptedStamp]),
    )
    .toSorted((a, b) => startOf(b).localeCompare(startOf(a)));
  const missed = unstamped.filter(backup => groups?.some(group => holds(backup, group)) ?? true);
  const others = unstamped.length - missed.length;
  const rest = others === 0 ? '' : ` (${counted(others, 'other')} held no group that was registered by then)`;
  if (missed.length === 0) return [ok(`no backup of a group finished without a stamp${rest}`)];
  const affected = (groups ?? []).filter(group => missed.some(backup => holds(backup, group)));
  const instead = affected.length === 0 ? '' : `; recovery points instead: ${pointsText(affected)}`;
  return [
    warning(
      `${counted(missed.length, 'backup')} finished without a stamp, so owners cannot recover from ${missed.length === 1 ? 'it' : 'them'}: ${quoted(missed.map(({ metadata }) => metadata.name))}${rest}${instead}`,
      'back up anew now: velero backup create NAME; what only these hold an operator adopts: kubectl recover stamp --all',
    ),
  ];
};

/** The answer, or nothing if the caller may not have it. */
const unlessForbidden = async <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RecoverError && missingRight(error) !== undefined) return undefined;
    throw error;
  }
};

/** Backups that were made while the catalogue was down, or whose stamps it knows no more. */
export const unstampedBackups: Check = {
  name: 'stamps',
  examine: async cluster => {
    const [backups, groups, self] = await allInOrder([
      cluster.list(VELERO.backups),
      unlessForbidden(cluster.list(OWN.applicationGroups)),
      unlessForbidden(cluster.self()),
    ]);
    return [...judgeStamps(backups, groups), ...judgeStampKeys(backups, self)];
  },
};
