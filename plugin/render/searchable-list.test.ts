import { describe, expect, test } from 'vitest';
import { cut } from './cut.ts';
import { EMPTY_QUERY, keysIn, type ListEntry, type ListState, linesOf, matching, press } from './searchable-list.ts';

const entries: readonly ListEntry[] = [
  { cells: ['noon', '1h', 'No: PointNotReady'], unfit: 'the backup still runs' },
  { cells: ['night-2', '9h', 'Yes'] },
  { cells: ['night-1', '33h', 'Yes'] },
];
const many: readonly ListEntry[] = Array.from({ length: 300 }, (_, index) => ({
  cells: [`point-${index}`, 'x', 'Yes'],
}));

const stateAfter = (keys: readonly string[], among = entries): ListState => {
  let state = EMPTY_QUERY;
  for (const key of keys) {
    const step = press(among, state, key);
    if (step.kind !== 'goOn') throw new Error(`"${key}" ended with ${step.kind}`);
    state = step.state;
  }
  return state;
};
const [UP, DOWN, ENTER] = ['\u001b[A', '\u001b[B', '\r'];

describe('typing', () => {
  test.each([
    ['', [0, 1, 2]],
    ['night', [1, 2]],
    ['NIGHT 33h', [2]],
    ['yes', [1, 2]],
    ['nothing', []],
  ])('"%s" leaves what has every word somewhere', (query, indexes) => {
    expect(matching(entries, query)).toEqual(indexes);
  });

  test('starts at the first match again, and can be taken back', () => {
    expect(stateAfter([DOWN, DOWN, 'n', 'i'])).toMatchObject({ query: 'ni', selected: 0 });
    expect(stateAfter(['n', 'i', '\u007f'])).toMatchObject({ query: 'n' });
    expect(stateAfter(['n', 'i', '\u0015'])).toMatchObject({ query: '' });
  });

  test('a key that means nothing here changes nothing', () => {
    expect(stateAfter(['\u001b[3~', '\t', '\u0001'])).toEqual(EMPTY_QUERY);
  });
});

describe('moving', () => {
  test('stops at both ends', () => {
    expect(stateAfter([UP]).selected).toBe(0);
    expect(stateAfter([DOWN, DOWN, DOWN, DOWN]).selected).toBe(2);
    expect(stateAfter(['\u001b[F'], many).selected).toBe(299);
    expect(stateAfter(['\u001b[6~', '\u001b[6~', '\u001b[5~'], many).selected).toBe(10);
    expect(stateAfter(['\u001b[F', '\u001b[H'], many).selected).toBe(0);
  });

  test('where nothing matches moves nowhere', () => {
    expect(stateAfter(['x', 'x', DOWN]).selected).toBe(0);
  });
});

test('columns are counted as a terminal draws them', () => {
  const wide: readonly ListEntry[] = [{ cells: ['商店', '1h'] }, { cells: ['night', '9h'] }];
  const view = { heading: 'Points', titles: ['POINT', 'AGE'], entries: wide, rows: 24, columns: 12 };
  const [, , ...rows] = linesOf(view, EMPTY_QUERY);
  expect(rows).toEqual(['  POINT  AGE', '> 商店   1h', '  night  9h'].map(row => cut(row, 11)));
});

describe('Enter', () => {
  test('takes the entry that is selected among those that match', () => {
    expect(press(entries, stateAfter(['n', 'i', DOWN]), ENTER)).toEqual({ kind: 'taken', index: 2 });
  });

  test('does not take what cannot be used, and says why', () => {
    expect(stateAfter([ENTER])).toMatchObject({ notice: 'cannot be used: the backup still runs' });
    expect(stateAfter([ENTER, DOWN]).notice).toBe('');
  });

  test('takes nothing where nothing matches', () => {
    expect(stateAfter(['x', 'x', ENTER]).notice).toBe('nothing matches');
  });
});

test.each(['\u001b', '\u0003', '\u0004'])('%j leaves', key => {
  expect(press(entries, EMPTY_QUERY, key)).toEqual({ kind: 'left' });
});

test('keys that come at once are told apart', () => {
  expect(keysIn('ab\u001b[B\u001b[6~\u001bOA\r')).toEqual(['a', 'b', '\u001b[B', '\u001b[6~', '\u001bOA', '\r']);
  expect(keysIn('\u001b')).toEqual(['\u001b']);
  expect(keysIn('')).toEqual([]);
});

describe('what is shown', () => {
  const view = { heading: 'Points', titles: ['POINT', 'AGE', 'USABLE'], entries, rows: 24, columns: 80 };

  test('is a table with the selected entry marked', () => {
    expect(linesOf(view, stateAfter(['n', 'i', DOWN]))).toEqual([
      'Points: 2 of 3',
      'search: ni_   (arrows move, Enter takes, Esc leaves)',
      '  POINT    AGE  USABLE',
      '  night-2  9h   Yes',
      '> night-1  33h  Yes',
    ]);
  });

  test.each([
    [24, 80],
    [10, 40],
    [4, 20],
  ])('fits into %d lines of %d columns, wherever the person is', (rows, columns) => {
    for (const selected of [0, 1, 150, 298, 299]) {
      const state = { query: '', selected, notice: 'x'.repeat(200) };
      const lines = linesOf({ ...view, entries: many, rows, columns }, state);
      if (rows > 6) expect(lines.length).toBeLessThan(rows);
      for (const line of lines) expect(line.length).toBeLessThan(columns);
      expect(lines.join('\n')).toContain(`> point-${selected}`);
    }
  });

  test('cannot be steered by what others wrote', () => {
    const sly = [{ cells: ['a\u001b[2J\nb', '', ''] }];
    expect(linesOf({ ...view, entries: sly }, EMPTY_QUERY).join('')).not.toMatch(/\p{Cc}/u);
  });
});
