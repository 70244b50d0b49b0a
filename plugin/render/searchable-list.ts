import { cut, oneLine } from './cut.ts';
import { padded, widthOf } from './text-width.ts';

/** One line of a list that a person chooses from. */
export interface ListEntry {
  /** Cells, one for each title. */
  readonly cells: readonly string[];
  /** Why it cannot be taken. */
  readonly unfit?: string | undefined;
}

/** Where a person is in a list. */
export interface ListState {
  readonly query: string;
  /** Which of the entries that match. */
  readonly selected: number;
  /** What the last key came to, where that needs saying. */
  readonly notice: string;
}

export type ListStep =
  | { readonly kind: 'goOn'; readonly state: ListState }
  | { readonly kind: 'taken'; readonly index: number }
  | { readonly kind: 'left' };

export const EMPTY_QUERY: ListState = { query: '', selected: 0, notice: '' };

/** Indexes of the entries that have every word of the query somewhere. */
export const matching = (entries: readonly ListEntry[], query: string): readonly number[] => {
  const words = query.toLowerCase().split(/\s+/);
  return entries.flatMap(({ cells }, index) => {
    const text = cells.join(' ').toLowerCase();
    return words.every(word => text.includes(word)) ? [index] : [];
  });
};

/** Keys of a chunk as a terminal sends them: several may come at once when a person is quick, or pastes. */
export const keysIn = (chunk: string): readonly string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys that are no letters begin with an escape
  chunk.match(/\u001b\[[0-9;]*[~A-Za-z]|\u001bO[A-Za-z]|[\s\S]/gu) ?? [];

const PAGE = 10;

/** How far a key moves; the ends of the list hold. */
const MOVES: Readonly<Record<string, number>> = {
  '\u001b[A': -1,
  '\u001bOA': -1,
  '\u0010': -1, // Ctrl-P
  '\u001b[B': 1,
  '\u001bOB': 1,
  '\u000e': 1, // Ctrl-N
  '\u001b[5~': -PAGE,
  '\u001b[6~': PAGE,
  '\u001b[H': Number.NEGATIVE_INFINITY,
  '\u001b[F': Number.POSITIVE_INFINITY,
};

const take = (entries: readonly ListEntry[], state: ListState, matches: readonly number[]): ListStep => {
  const index = matches[state.selected];
  if (index === undefined) return { kind: 'goOn', state: { ...state, notice: 'nothing matches' } };
  const unfit = entries[index]?.unfit;
  return unfit === undefined
    ? { kind: 'taken', index }
    : { kind: 'goOn', state: { ...state, notice: `cannot be used: ${unfit}` } };
};

/** What a key comes to. */
export const press = (entries: readonly ListEntry[], state: ListState, key: string): ListStep => {
  const matches = matching(entries, state.query);
  const goOn = (change: Partial<ListState>): ListStep => ({ kind: 'goOn', state: { ...state, notice: '', ...change } });
  const move = MOVES[key];
  if (move !== undefined) {
    return goOn({ selected: Math.max(0, Math.min(matches.length - 1, state.selected + move)) });
  }
  switch (key) {
    case '\r':
    case '\n':
      return take(entries, state, matches);
    case '\u001b': // Esc
    case '\u0003': // Ctrl-C, which no signal follows while the terminal is raw
    case '\u0004': // Ctrl-D
      return { kind: 'left' };
    case '\u007f':
    case '\b':
      return goOn({ query: state.query.slice(0, -1), selected: 0 });
    case '\u0015': // Ctrl-U
      return goOn({ query: '', selected: 0 });
    default:
      return /^\P{Cc}$/u.test(key) ? goOn({ query: state.query + key, selected: 0 }) : goOn({});
  }
};

export interface ListView {
  readonly heading: string;
  readonly titles: readonly string[];
  readonly entries: readonly ListEntry[];
  /** Of the terminal. */
  readonly rows: number;
  readonly columns: number;
}

/** Lines beside the entries: heading, search, titles, what is below, notice. */
const OTHER_LINES = 5;

/** The lines to show; never more than fit, and none that would go on in the next one. */
export const linesOf = (view: ListView, { query, selected, notice }: ListState): readonly string[] => {
  const { heading, titles, entries, rows, columns } = view;
  const matches = matching(entries, query);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...entries.map(({ cells }) => widthOf(oneLine(cells[column] ?? '')))),
  );
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padded(oneLine(cell), widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const room = Math.max(1, rows - OTHER_LINES - 1);
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), matches.length - room));
  const shown = matches.slice(first, first + room);
  const lines = [
    `${heading}: ${matches.length === entries.length ? entries.length : `${matches.length} of ${entries.length}`}`,
    `search: ${query}_   (arrows move, Enter takes, Esc leaves)`,
    `  ${row(titles)}`,
    ...shown.map((index, at) => `${first + at === selected ? '>' : ' '} ${row(entries[index]?.cells ?? [])}`),
    ...(notice === '' ? [] : [notice]),
  ];
  return lines.map(line => cut(line, columns - 1));
};
