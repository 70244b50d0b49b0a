import { CORE } from '../../api/kubernetes/core-types.ts';
import { CATALOGUE_NAMESPACE, WOULD_BE_REFUSED } from '../../api/names.ts';
import { KEPT_DAYS, parseWouldBeRefused, type WouldBeRefused } from '../../api/would-be-refused.ts';
import { ADMISSION } from './admission-objects.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { counted, type Finding, ok, unknown, warning } from './finding.ts';
import { modeOfWalls } from './wall-mode.ts';

/** Users that get a line of their own. */
const SHOWN = 10;

const MENDS: Readonly<Record<number, string>> = {
  1: 'owners recover with kubectl recover GROUP, and in an emergency a person with the verb "bypass" gives a reason',
  2: 'a Restore or Backup is made anew instead of changed',
  3: 'who does the daily work with Velero gets the ClusterRole kubectl-recover-operator',
};

interface Seen {
  readonly wall: number;
  count: number;
  last: string;
}

/** Each user with what was refused of theirs, those who come up most first. */
const byUser = (entries: readonly WouldBeRefused[]): readonly (readonly [string, ReadonlyMap<string, Seen>])[] => {
  const users = new Map<string, Map<string, Seen>>();
  for (const { user, what, wall, count, last } of entries) {
    const writes = users.get(user) ?? new Map<string, Seen>();
    users.set(user, writes);
    const seen = writes.get(what) ?? { wall, count: 0, last };
    writes.set(what, seen);
    seen.count += count;
    if (last > seen.last) seen.last = last;
  }
  const total = ([, writes]: readonly [string, ReadonlyMap<string, Seen>]): number =>
    [...writes.values()].reduce((sum, { count }) => sum + count, 0);
  return [...users].toSorted((a, b) => total(b) - total(a));
};

const line = ([user, writes]: readonly [string, ReadonlyMap<string, Seen>]): Finding => {
  const each = [...writes].map(
    ([what, { wall, count, last }]) =>
      `${what} ${counted(count, 'time')} (wall ${wall}, last ${last.slice(0, 16).replace('T', ' ')} UTC)`,
  );
  const walls = [...new Set([...writes.values()].map(({ wall }) => wall))].sort();
  return warning(
    `"${user}" would be refused in mode Enforce: ${each.join(', ')}`,
    walls.flatMap(wall => MENDS[wall] ?? []).join('; '),
  );
};

/** Who did, in mode Audit, what mode Enforce refuses. Writes of Velero itself are not among it. */
export const judgeWouldBeRefused = (
  entries: readonly WouldBeRefused[],
  mode: ReturnType<typeof modeOfWalls>,
): Finding[] => {
  if (mode === 'Enforce') return [ok('the walls refuse: nothing is only counted')];
  if (mode !== 'Audit' && entries.length === 0) {
    return [unknown('nothing is counted while the walls have no mode', 'mend first what the lines of the walls say')];
  }
  if (entries.length === 0) {
    return [
      ok(
        `in ${KEPT_DAYS} days the catalogue saw nobody whom mode Enforce would refuse; what it would refuse Velero itself (wall 4) stands in the audit log of the API server`,
      ),
    ];
  }
  const users = byUser(entries);
  const more = users.length - SHOWN;
  return [
    ...users.slice(0, SHOWN).map(line),
    ...(more <= 0
      ? []
      : [
          warning(
            `${counted(more, 'more user')} would be refused in mode Enforce`,
            `see all: kubectl get configmap ${WOULD_BE_REFUSED} -n ${CATALOGUE_NAMESPACE} -o yaml`,
          ),
        ]),
  ];
};

export const wouldBeRefused: Check = {
  name: 'audit',
  examine: async cluster => {
    const [record, bindings] = await allInOrder([
      cluster.access.call(client =>
        client.find(CORE.configMaps, { namespace: CATALOGUE_NAMESPACE, name: WOULD_BE_REFUSED }),
      ),
      cluster.list(ADMISSION.bindings),
    ]);
    return judgeWouldBeRefused(parseWouldBeRefused(record), modeOfWalls(bindings));
  },
};
