import type { Io } from '../io.ts';
import { EMPTY_QUERY, keysIn, type ListEntry, linesOf, press } from './searchable-list.ts';

export interface ListQuestion {
  readonly heading: string;
  readonly titles: readonly string[];
  readonly entries: readonly ListEntry[];
}

/** Size of a terminal that does not tell it. */
const USUAL_ROWS = 24;
const USUAL_COLUMNS = 80;

/**
 * Has a person choose from a list that is searched by typing. The list is drawn below what is on the screen and taken
 * away again at the end; nothing above it is touched.
 * @returns the index of the entry, or nothing if the person left
 */
export const chooseFromList = (
  question: ListQuestion,
  { stderr, interrupted }: Io,
  keyboard: NonNullable<Io['keyboard']>,
): Promise<number | undefined> =>
  keyboard(async nextKeys => {
    let drawn = 0;
    const erase = (): void => {
      // Cursor to the first line of the list, and everything below it cleared.
      stderr.write(`\r${drawn > 0 ? `\u001b[${drawn}A` : ''}\u001b[J`);
      drawn = 0;
    };
    let state = EMPTY_QUERY;
    try {
      while (!interrupted.aborted) {
        const size = { rows: stderr.rows ?? USUAL_ROWS, columns: stderr.columns ?? USUAL_COLUMNS };
        const lines = linesOf({ ...question, ...size }, state);
        erase();
        stderr.write(lines.map(line => `${line}\r\n`).join(''));
        drawn = lines.length;
        for (const key of keysIn(await nextKeys())) {
          const step = press(question.entries, state, key);
          if (step.kind === 'taken') return step.index;
          if (step.kind === 'left') return undefined;
          state = step.state;
        }
      }
      return undefined;
    } finally {
      erase();
    }
  });
