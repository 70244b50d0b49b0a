import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../environment/snapshot.ts';

/** What became of one object: it is as it was (`restored` where it was not, `kept` all along), or it is not. */
export type Fate = 'restored' | 'kept' | 'missing' | 'different' | 'extra';

export interface ObjectFate {
  /** `Kind/name`. */
  readonly object: string;
  readonly fate: Fate;
}

const fateOf = (object: string, before: Snapshot, between: Snapshot, after: Snapshot): Fate => {
  if (!(object in before)) return 'extra';
  if (!(object in after)) return 'missing';
  if (!isDeepStrictEqual(before[object], after[object])) return 'different';
  return object in between ? 'kept' : 'restored';
};

/** Object by object, what there was before, between (nothing, in a new namespace) and after. */
export const compare = (before: Snapshot, between: Snapshot, after: Snapshot): readonly ObjectFate[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map(object => ({ object, fate: fateOf(object, before, between, after) }));

export const isAsBefore = ({ fate }: ObjectFate): boolean => fate === 'restored' || fate === 'kept';

/** The snapshot as it is in another namespace: Velero also renames the namespaces of a RoleBinding's subjects. */
export const renamed = (snapshot: Snapshot, mapping: Readonly<Record<string, string>>): Snapshot =>
  JSON.parse(JSON.stringify(snapshot), (key, value: unknown) =>
    key === 'namespace' && typeof value === 'string' ? (mapping[value] ?? value) : value,
  );
