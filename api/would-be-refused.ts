import type { Static } from 'typebox';
import type { ConfigMap } from './kubernetes/core-types.ts';
import { parserOf } from './parse.ts';
import { integer, list, object, text, time } from './schema.ts';

/**
 * What mode Enforce would have refused, as the catalogue writes it down in mode Audit and `kubectl recover check` lists
 * it: one entry for each day, user and kind of write.
 */
const entrySchema = object({
  day: text({ maxLength: 10, pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  user: text({ maxLength: 512 }),
  what: text({ maxLength: 128 }),
  wall: integer({ minimum: 1, maximum: 4 }),
  count: integer({ minimum: 1 }),
  last: time(),
});

export type WouldBeRefused = Static<typeof entrySchema>;

/** Entries older than this are dropped. */
export const KEPT_DAYS = 14;
/** A ConfigMap holds 1 MiB; the oldest go first. */
const KEPT_ENTRIES = 500;

const KEY = 'entries.json';

const parse = parserOf(list(entrySchema, { maxItems: KEPT_ENTRIES }), 'the record of what would have been refused');

const cut = ({ user, what, ...rest }: WouldBeRefused): WouldBeRefused => ({
  ...rest,
  user: user.slice(0, 512),
  what: what.slice(0, 128),
});

const identityOf = ({ day, user, what, wall }: WouldBeRefused): string => JSON.stringify([day, user, what, wall]);

/** Adds up entries of the same day, user and write; drops what is too old or too much. Newest first. */
export const mergeWouldBeRefused = (
  present: readonly WouldBeRefused[],
  added: readonly WouldBeRefused[],
  now: Date,
): readonly WouldBeRefused[] => {
  const oldest = new Date(now.getTime() - KEPT_DAYS * 86_400_000).toISOString().slice(0, 10);
  const merged = new Map<string, WouldBeRefused>();
  for (const entry of [...present, ...added].map(cut)) {
    const before = merged.get(identityOf(entry));
    merged.set(
      identityOf(entry),
      before === undefined
        ? entry
        : { ...entry, count: before.count + entry.count, last: before.last > entry.last ? before.last : entry.last },
    );
  }
  return [...merged.values()]
    .filter(({ day }) => day > oldest)
    .sort((a, b) => b.last.localeCompare(a.last))
    .slice(0, KEPT_ENTRIES);
};

/** @throws RecoverError `RequestInvalid` */
export const parseWouldBeRefused = (record: Pick<ConfigMap, 'data'> | undefined): readonly WouldBeRefused[] => {
  const text = record?.data?.[KEY];
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return parse(value);
};

export const writeWouldBeRefused = (entries: readonly WouldBeRefused[]): Readonly<Record<string, string>> => ({
  [KEY]: JSON.stringify(entries),
});
