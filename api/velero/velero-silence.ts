/** What tells of a storage location that Velero lives: it looks at each one every minute, or as the location says. */
export interface WatchedLocation {
  /** RFC 3339; of `status`. */
  readonly lastValidationTime?: string | undefined;
  /** A Go duration, as `1m0s`; of `spec`. Zero: Velero never looks. */
  readonly validationFrequency?: string | undefined;
}

/** A server-wide frequency is a flag of Velero's that nobody else sees; a longer silence than this is told anyway. */
const SHORTEST_SILENCE_MS = 5 * 60_000;
/** Looks that may be missed. */
const MISSED = 3;

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of a Go duration; nothing, if it is none. */
const durationMs = (text: string): number | undefined => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
};

/**
 * Since when Velero has not looked at a location although it should have; nothing, if it has, or was told not to. It
 * may be down, or busy: this is a hint and refuses nothing.
 */
export const silentSince = (
  { lastValidationTime, validationFrequency }: WatchedLocation,
  now: Date,
): string | undefined => {
  const everyMs = validationFrequency === undefined ? 0 : durationMs(validationFrequency);
  if (lastValidationTime === undefined || (validationFrequency !== undefined && everyMs === 0)) return undefined;
  const longestMs = Math.max(SHORTEST_SILENCE_MS, MISSED * (everyMs ?? 0));
  return now.getTime() - Date.parse(lastValidationTime) > longestMs ? lastValidationTime : undefined;
};

/** What people are told of it. */
export const silenceText = (namespace: string, location: string, since: string): string =>
  `Velero in namespace "${namespace}" has not looked at its storage location "${location}" since ${since}; it may not be running`;
