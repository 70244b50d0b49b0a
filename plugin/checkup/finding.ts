/** How one line of a checkup came out; `unknown`: the login lacks the right to see it. */
export type FindingState = 'ok' | 'warning' | 'failed' | 'unknown';

/** What a check found: the state, what it is about, and what would mend it. */
export interface Finding {
  readonly state: FindingState;
  readonly what: string;
  /** A command or an act, and who can do it; with all that is not ok. */
  readonly mend?: string;
}

export const ok = (what: string): Finding => ({ state: 'ok', what });
export const warning = (what: string, mend: string): Finding => ({ state: 'warning', what, mend });
export const failed = (what: string, mend: string): Finding => ({ state: 'failed', what, mend });
export const unknown = (what: string, mend: string): Finding => ({ state: 'unknown', what, mend });

/** Names in quotes, as messages have them; those beyond the first few are counted. */
export const quoted = (names: readonly string[], shown = 5): string => {
  const first = names.slice(0, shown).map(name => `"${name}"`);
  const more = names.length - first.length;
  return [...first, ...(more > 0 ? [`${more} more`] : [])].join(', ');
};

/** "1 backup", "2 backups". */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
