import { RecoverError } from '../../api/recover-error.ts';

/** Longest time that a timer of Node can wait; it takes a longer one for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * A duration as kubectl writes it (`10s`, `5m`, `1h30m`; a bare number is seconds), in milliseconds.
 * @throws RecoverError `UsageError`
 */
export const parseDuration = (text: string, flag: string): number => {
  const duration = millisecondsOf(text, flag);
  if (duration <= LONGEST_MS) return duration;
  throw new RecoverError({
    code: 'UsageError',
    message: `"${text}" is too long for ${flag}`,
    mend: 'write at most 596h',
  });
};

const millisecondsOf = (text: string, flag: string): number => {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) {
    throw new RecoverError({
      code: 'UsageError',
      message: `"${text}" is not a duration for ${flag}`,
      mend: 'write it as 30s, 10m or 1h30m',
    });
  }
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g)) sum += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return sum;
};
