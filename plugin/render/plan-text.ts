import type { Plan, PlanItem, PlanState } from '../recovery/make-plan.ts';
import { table } from './table.ts';

const WORDS: Readonly<Record<PlanState, string>> = {
  create: 'create',
  same: 'same',
  differs: 'differs',
  exists: 'exists',
  unknown: 'unknown',
  madeAgain: 'made-again',
  leftOut: 'left-out',
};

/** Objects by kind: `Event 2, Pod 1`. */
const kindsText = (items: readonly PlanItem[]): string => {
  const counts = new Map<string, number>();
  for (const { kind } of items) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
};

/** How much each suffix of a Kubernetes quantity is, in bytes. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi'].map((unit, index) => [unit, 1024 ** (index + 1)])),
  ...Object.fromEntries(['k', 'M', 'G', 'T', 'P'].map((unit, index) => [unit, 1000 ** (index + 1)])),
};

const bytesOf = (quantity: string): number => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
};

const volumesText = (items: readonly PlanItem[]): string[] => {
  const claims = items.filter(({ state, storage }) => state === 'create' && storage !== undefined);
  if (claims.length === 0) return [];
  const gibibytes = claims.reduce((sum, { storage = '' }) => sum + bytesOf(storage), 0) / 1024 ** 3;
  const size = Number.isNaN(gibibytes) ? '' : `, ${Number(gibibytes.toFixed(1))} GiB`;
  return [`volumes ${claims.length}${size}`];
};

/** What a plan comes to, in one line. */
export const planSummary = ({ summary, items }: Plan, existing: 'Keep' | 'Update'): string => {
  const differing =
    existing === 'Update' ? 'the point’s are taken' : 'kept; --existing-resources update takes the point’s';
  const merged = items.filter(item => item.merged);
  const kindsOf = (state: PlanState): string => kindsText(items.filter(item => item.state === state));
  return [
    `create ${summary.create}`,
    `same ${summary.same}`,
    ...(summary.differs > merged.length ? [`differ ${summary.differs - merged.length} (${differing})`] : []),
    ...(merged.length > 0 ? [`add to ${merged.length} (${kindsText(merged)})`] : []),
    ...(summary.exists > 0 ? [`exist ${summary.exists} (not compared)`] : []),
    ...(summary.unknown > 0 ? [`unknown ${summary.unknown} (you may not look)`] : []),
    ...(summary.madeAgain > 0 ? [`made again by controllers ${summary.madeAgain} (${kindsOf('madeAgain')})`] : []),
    ...(summary.leftOut > 0 ? [`left out ${summary.leftOut} (${kindsOf('leftOut')})`] : []),
    ...volumesText(items),
  ].join('   ');
};

/** Where the user may not look, and what that means: a name that nobody has taken yet refuses a look as well. */
const unseenNotes = (items: readonly PlanItem[]): readonly string[] => {
  const unknown = items.filter(({ state }) => state === 'unknown');
  return [...new Set(unknown.map(({ namespace }) => namespace))].map(namespace => {
    const kinds = kindsText(unknown.filter(item => item.namespace === namespace));
    return (
      `you may not list what is in namespace "${namespace}" (${kinds}), so whether it is there is not known; ` +
      'if the namespace does not exist yet, all of it is created'
    );
  });
};

/** What is to be known beside it: commands that Velero runs, and what the plan cannot tell. */
export const planNotes = ({ items, unlisted, contentsRead }: Plan): readonly string[] => [
  ...unseenNotes(items),
  ...items.flatMap(({ state, namespace, name, hooks = [] }) =>
    state === 'leftOut' || hooks.length === 0
      ? []
      : [`pod ${namespace}/${name} has Velero run commands in it: ${hooks.join(', ')}`],
  ),
  ...(contentsRead ? [] : ['the contents of the backup are too large to be read for a plan: only names are known']),
  ...(unlisted > 0 ? [`${unlisted} more objects are in the point; there is no room to list them`] : []),
  'left out in any case: objects that are in no namespace, but for volumes',
];

const ORDER: readonly PlanState[] = ['create', 'differs', 'exists', 'unknown', 'same', 'leftOut'];

/** One row for all of a kind that is never recovered: a namespace has hundreds of Events, and nobody can do anything. */
const rowsOf = (items: readonly PlanItem[]): readonly PlanItem[] => {
  const counts = new Map<string, number>();
  const keyOf = ({ kind, namespace }: PlanItem): string => `${kind} ${namespace}`;
  for (const item of items) if (item.neverRecovered) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  const told = new Set<string>();
  return items.flatMap((item): PlanItem[] => {
    const count = item.neverRecovered ? (counts.get(keyOf(item)) ?? 1) : 1;
    if (count === 1) return [item];
    if (told.has(keyOf(item))) return [];
    told.add(keyOf(item));
    return [{ ...item, name: `${count} objects` }];
  });
};

/**
 * A plan as a table: what moves comes first. What controllers make again comes last, and only where all is asked for:
 * their names change with each start of a program, and nobody decides on them.
 */
export const planTable = ({ items }: Plan, wide: boolean): string => {
  const order = wide ? [...ORDER, 'madeAgain'] : ORDER;
  const sorted = order.flatMap(state => items.filter(item => item.state === state));
  return table(
    ['PLAN', 'KIND', 'NAMESPACE', 'NAME', ...(wide ? ['VERSION', 'FROM'] : []), 'WHY'],
    rowsOf(sorted).map(({ state, kind, namespace, name, apiVersion, sourceNamespace, why }) => [
      WORDS[state],
      kind,
      namespace,
      name,
      ...(wide ? [apiVersion, sourceNamespace] : []),
      why ?? '',
    ]),
  );
};
