import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { paletteOf } from './color.ts';
import { elapsedText, type StepTree, type TreePlace, treeLines } from './step-tree.ts';
import type { StepLine } from './steps.ts';

const TREE: StepTree = {
  title: 'Recovery of "shop" from nightly-2 in cluster "dr"',
  elapsedMs: 42_000,
  steps: [
    { name: 'checks', state: 'done', text: '9 of 9 passed', details: [] },
    {
      name: 'restored',
      state: 'running',
      text: '123/456 items restored',
      details: [{ name: 'volumes', state: 'running', text: '1/3 restored, 1.2 GiB of 4.0 GiB' }],
    },
    {
      name: 'workloads',
      state: 'waiting',
      text: '',
      details: [
        { name: 'Deployment shop/web', state: 'running', text: '0/2 ready' },
        { name: 'StatefulSet shop-db/db', state: 'running', text: '0/1 ready' },
      ],
    },
  ],
};

const at = (place: Partial<TreePlace>): TreePlace => ({
  ...{ rows: 24, columns: 80, palette: paletteOf(false), glyphs: true },
  ...place,
});

describe('a tree', () => {
  test('has branches, and a sign for how far each step is', () => {
    expect(treeLines(TREE, at({}))).toEqual([
      'Recovery of "shop" from nightly-2 in cluster "dr"  00:42',
      '├─ ✔ checks      9 of 9 passed',
      '├─ ◎ restored    123/456 items restored',
      '│  └─ ◎ volumes     1/3 restored, 1.2 GiB of 4.0 GiB',
      '└─ ○ workloads',
      '   ├─ ◎ Deployment shop/web  0/2 ready',
      '   └─ ◎ StatefulSet shop-db/db  0/1 ready',
    ]);
  });

  test('is ASCII where the terminal shows nothing else', () => {
    const lines = treeLines(TREE, at({ glyphs: false, columns: 50 }));
    expect(lines.join('\n')).toMatch(/^[\x20-\x7e\n]+$/);
    expect(lines).toEqual([
      'Recovery of "shop" from nightly-2 in clus~  00:42',
      '|- ok     checks      9 of 9 passed',
      '|- ...    restored    123/456 items restored',
      '|  `- ...    volumes     1/3 restored, 1.2 GiB o~',
      '`- -      workloads',
      '   |- ...    Deployment shop/web  0/2 ready',
      '   `- ...    StatefulSet shop-db/db  0/1 ready',
    ]);
  });

  test('has colour in signs and branches alone', () => {
    const [, done, running] = treeLines(TREE, at({ palette: paletteOf(true) }));
    expect(done).toBe('\u001b[2m├─ \u001b[22m\u001b[32m✔\u001b[39m checks      9 of 9 passed');
    expect(running).toContain('\u001b[2m◎\u001b[22m restored');
  });

  test.each([
    [7, 5, 'without details'],
    [6, 5, 'without details'],
    [5, 4, 'with one step'],
    [4, 3, 'with one step'],
    [3, 2, 'with one step'],
    [2, 1, 'the time alone'],
    [1, 1, 'the time alone'],
  ])('in %i rows has at most %i lines: %s', (rows, atMost) => {
    expect(treeLines(TREE, at({ rows })).length).toBeLessThanOrEqual(atMost);
  });

  test('in a low terminal shows the step that it is at', () => {
    expect(treeLines(TREE, at({ rows: 4 }))[1]).toBe('└─ ◎ restored    123/456 items restored');
    const failed = TREE.steps.map(
      (step): StepLine => (step.name === 'workloads' ? { ...step, state: 'failed', text: '0 of 2 ready' } : step),
    );
    expect(treeLines({ ...TREE, steps: failed }, at({ rows: 3 }))[1]).toBe('└─ ✗ workloads   0 of 2 ready');
  });

  test('does not cut why it waits, and what to do', () => {
    const text = 'New: Velero has not begun with Restore "r"; an operator looks at Velero in namespace "velero"';
    const steps = TREE.steps.map((step): StepLine => (step.name === 'restored' ? { ...step, text } : step));
    expect(treeLines({ ...TREE, steps }, at({ columns: 60 })).slice(1, 6)).toEqual([
      '├─ ✔ checks      9 of 9 passed',
      '├─ ◎ restored    New: Velero has not begun with Restore',
      '│                "r"; an operator looks at Velero in',
      '│                namespace "velero"',
      '│  └─ ◎ volumes     1/3 restored, 1.2 GiB of 4.0 GiB',
    ]);
    expect(treeLines({ ...TREE, steps }, at({ columns: 60, rows: 3 }))[1]).toBe(
      '└─ ◎ restored    New: Velero has not begun with Restore "r…',
    );
  });

  test('a line break in what others say is no new line', () => {
    const steps: readonly StepLine[] = [{ name: 'token', state: 'running', text: 'a\nb\u001b[H', details: [] }];
    expect(treeLines({ ...TREE, title: 'x\ny', steps }, at({}))).toEqual(['x y  00:42', '└─ ◎ token       a b [H']);
  });
});

describe('whatever the size of the terminal', () => {
  const sizes = [1, 2, 3, 5, 8, 10, 12, 20, 21, 39, 40, 41, 79, 80, 200];

  const long: StepTree = {
    ...TREE,
    steps: TREE.steps.map(step => ({ ...step, state: 'running', text: `${'a'.repeat(63)} ${'b c '.repeat(40)}` })),
  };

  test.each([
    ['short', TREE],
    ['long', long],
  ])('no line of a %s tree is wider than it, with glyphs or without, coloured or not', (_, tree) => {
    for (const columns of sizes) {
      for (const glyphs of [true, false]) {
        for (const color of [true, false]) {
          for (const line of treeLines(tree, at({ columns, glyphs, palette: paletteOf(color) }))) {
            const width = [...stripVTControlCharacters(line)].length;
            expect([columns, glyphs, color, width <= Math.max(1, columns - 1)]).toEqual([columns, glyphs, color, true]);
          }
        }
      }
    }
  });

  test('a line is left for the cursor', () => {
    for (const rows of sizes) {
      for (const tree of [TREE, long]) {
        expect(treeLines(tree, at({ rows })).length).toBeLessThanOrEqual(Math.max(1, rows - 1));
      }
    }
  });
});

test.each([
  [-5, '00:00'],
  [0, '00:00'],
  [59_999, '00:59'],
  [3_599_000, '59:59'],
  [3_723_000, '1:02:03'],
  [360_000_000, '100:00:00'],
])('%i ms are %s', (milliseconds, text) => {
  expect(elapsedText(milliseconds)).toBe(text);
});
