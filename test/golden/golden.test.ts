import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { run } from '../../plugin/run.ts';
import { FakeTerminal } from '../fakes/fake-terminal.ts';
import { commandHelps } from './command-help.ts';
import { IMPOSSIBLE, type Outcome, SCENES } from './scenes.ts';
import { type Scene, transcript } from './transcript.ts';

/**
 * What every command puts out is kept in outputs/, to be read in a review. After a change that is meant:
 * npm run golden, then look at the difference.
 */

// Some of them make certificates and run four times.
vi.setConfig({ testTimeout: 180_000 });

const OUTPUTS = join(import.meta.dirname, 'outputs');
const OUTCOMES: readonly Outcome[] = ['success', 'refusal', 'failure'];

const fileOf = (...parts: readonly string[]): string =>
  `${parts
    .join(' ')
    .trim()
    .replaceAll(/[^A-Za-z0-9]+/g, '-')}.txt`;

const helps = await commandHelps();
const leaves = [...helps.keys()].filter(words => words === '' || !/^Commands:/m.test(helps.get(words) ?? ''));

const scenes: readonly Scene[] = Object.entries(SCENES).flatMap(([command, byOutcome]) =>
  OUTCOMES.flatMap(outcome =>
    byOutcome[outcome].map((scene, index) => ({
      ...scene,
      name: fileOf(command === '' ? 'GROUP' : command, outcome, index === 0 ? '' : String(index + 1)),
    })),
  ),
);

/** Failures, failed checks and what does not hold of a token, in one line or several, each with the line after it. */
const FAILURES =
  /^(?:Error: (?!refused by|cluster .* is not fit).*| {2}x .*| {2}failed {2}.*)(?:\n {4,}(?! *do: ).*)*\n(.*)$/gm;

/** Failures that are told without what would mend them. */
const withoutMend = (text: string): string[] =>
  [...stripVTControlCharacters(text.replaceAll('␛', '\u001b')).matchAll(FAILURES)].flatMap(([whole, next = '']) =>
    /^ +do: /.test(next) ? [] : [whole],
  );

test.each(scenes)('$name', async scene => {
  const text = await transcript(scene);
  // An update must not make a success of what broke.
  const exitCodes = new Set([...text.matchAll(/^--- exit code (\d+)$/gm)].map(([, exitCode]) => exitCode));
  if (scene.name.includes('-success')) expect([...exitCodes]).toEqual(['0']);
  expect(withoutMend(text)).toEqual([]);
  await expect(text).toMatchFileSnapshot(join(OUTPUTS, scene.name));
});

describe('help', () => {
  test.each([...helps.keys()].map(words => ({ words })))('of kubectl recover $words', async ({ words }) => {
    await expect(helps.get(words)).toMatchFileSnapshot(join(OUTPUTS, fileOf('help', words)));
  });

  test('is the same with a terminal and colour', async () => {
    for (const [words, help] of helps) {
      const terminal = new FakeTerminal({ isTTY: true });
      expect(await run([...words.split(' ').filter(Boolean), '--help', '--color=always'], terminal)).toBe(0);
      expect(terminal.data).toBe(help);
    }
  });
});

test('every command has its scenes, and no scene is of none', () => {
  expect(Object.keys(SCENES).sort()).toEqual(leaves.sort());
  const missing = Object.entries(SCENES).flatMap(([command, byOutcome]) =>
    OUTCOMES.filter(outcome => byOutcome[outcome].length === 0).map(outcome => `${command} ${outcome}`),
  );
  expect(missing.sort()).toEqual(Object.keys(IMPOSSIBLE).sort());
});

test('no output is kept of a scene that is gone', () => {
  const current = new Set([
    ...scenes.map(({ name }) => name),
    ...[...helps.keys()].map(words => fileOf('help', words)),
  ]);
  const kept = globSync(join(OUTPUTS, '*.txt')).map(path => basename(path));
  expect(kept.filter(name => !current.has(name))).toEqual([]);
});
