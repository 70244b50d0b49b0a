import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTING_NAMES } from './transcript.ts';

/** What is kept in outputs/ was really put out with and without a terminal, and with and without colour. */

const [pipe, coloredPipe, plainTerminal, terminal] = SETTING_NAMES;
const COLOR = /␛\[[0-9;]*m/g;
const RED_ERROR = '␛[31mError:␛[39m';

/** Outputs of a scene by setting; those of the same output stand together in the file. */
const outputsIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/^=== /m)
      .slice(1)
      .flatMap(block => {
        const [title = '', ...lines] = block.split('\n');
        return title.split('; ').map(setting => [setting, lines.join('\n').trimEnd()] as const);
      }),
  );

const kept = globSync(join(import.meta.dirname, 'outputs', '*.txt'))
  .filter(path => !basename(path).startsWith('help'))
  .map(path => ({ name: basename(path), outputs: outputsIn(readFileSync(path, 'utf8')) }));

const plain = (output: string | undefined): string | undefined => output?.replaceAll(COLOR, '');

test.each(kept)('$name was played with colour and without, on a terminal, without one or both', ({ outputs }) => {
  const onTerminal = [plainTerminal, terminal];
  expect([[...SETTING_NAMES], onTerminal, [pipe, coloredPipe]]).toContainEqual(
    SETTING_NAMES.filter(setting => outputs.has(setting)),
  );
  expect(outputs.size).toBeLessThanOrEqual(SETTING_NAMES.length);
});

test.each(kept)('$name says the same in colour, and has none where there is to be none', ({ outputs }) => {
  expect(plain(outputs.get(coloredPipe))).toBe(outputs.get(pipe));
  expect(plain(outputs.get(terminal))).toBe(outputs.get(plainTerminal));
});

test('most commands were played on both', () => {
  const both = kept.filter(({ outputs }) => outputs.size === SETTING_NAMES.length);
  expect(both.length).toBeGreaterThan(kept.length - 15);
});

test('errors are red', () => {
  const failed = kept.filter(({ outputs }) => [...outputs.values()].some(output => /^Error: /m.test(output)));
  expect(failed.length).toBeGreaterThan(30);
  for (const { name, outputs } of failed) {
    const colored = [coloredPipe, terminal].flatMap(setting => outputs.get(setting) ?? []);
    for (const output of colored) expect([name, output]).toEqual([name, expect.stringContaining(RED_ERROR)]);
  }
});

test('steps are drawn anew on a terminal, and nowhere else', () => {
  const moves = (output: string | undefined): boolean => plain(output)?.includes('␛') ?? false;
  expect(kept.filter(({ outputs }) => moves(outputs.get(terminal))).length).toBeGreaterThan(0);
  expect(kept.filter(({ outputs }) => moves(outputs.get(pipe)) || moves(outputs.get(coloredPipe)))).toEqual([]);
});
