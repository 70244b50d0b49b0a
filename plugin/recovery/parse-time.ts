import { RecoverError } from '../../api/recover-error.ts';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const unusable = (text: string): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: `"${text}" is not a time`,
    mend: 'write it as 2026-03-11T04:00:00Z, as -2h (also s, m, d), as 04:00 or as "2026-03-11 04:00" in local time',
  });

const isUnit = (text: string | undefined): text is keyof typeof UNIT_MS => text !== undefined && text in UNIT_MS;

const exists = (date: Date, text: string): Date => {
  if (Number.isNaN(date.getTime())) throw unusable(text);
  return date;
};

/**
 * Local time of a day; a day or an hour that does not exist, as when clocks go forward, is not a time, rather than the
 * next one that does.
 */
const local = (text: string, parts: readonly number[]): Date => {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts;
  const date = new Date(year, month - 1, day, hour, minute);
  const told = [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()];
  if (told.join() !== [year, month, day, hour, minute].join()) throw unusable(text);
  return date;
};

/** ECMAScript rolls 30 February and 24:00 over to the next day; RFC 3339 §5.6 and §5.7 know neither. */
const instant = (text: string): Date => {
  const [day, hour] = [text.slice(0, 10), text.slice(11, 13)];
  const midnight = exists(new Date(`${day}T00:00:00Z`), text);
  if (hour === '24' || midnight.toISOString().slice(0, 10) !== day) throw unusable(text);
  return exists(new Date(text), text);
};

/**
 * A point in time as people write it: RFC 3339, a time ago (`-2h`), or local time with or without its day.
 * @throws RecoverError `UsageError`
 */
export const parseTime = (text: string, now: Date): Date => {
  const [, amount, unit] = /^-(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && isUnit(unit)) {
    return exists(new Date(now.getTime() - Number(amount) * UNIT_MS[unit]), text);
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return instant(text);
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  if (hour !== undefined) {
    const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
    return local(text, [...today, Number(hour), Number(minute)]);
  }
  const day = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d))?$/.exec(text);
  if (day !== null)
    return local(
      text,
      day.slice(1).map(part => Number(part ?? 0)),
    );
  throw unusable(text);
};
