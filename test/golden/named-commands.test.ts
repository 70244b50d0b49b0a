import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODE_ADVICE } from '../../plugin/code-advice.ts';
import { namedCommands, TEMPLATE, whyNotOurs } from './named-commands.ts';

/** Whoever is told what to do copies it: each command that is named anywhere is one that is taken. */

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What stands in templates is something that somebody has; comments name commands as a help does. */
const withoutCode = (source: string): string =>
  source
    .replaceAll(/^ *(\/\/|\/?\*).*$/gm, '')
    .replaceAll(/\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, TEMPLATE)
    .replaceAll(/['`]/g, '\n');

const sources = globSync(['{api,plugin,webhook}/**/*.ts', 'manifests/base/*.yaml'], { cwd: ROOT }).filter(
  path => !path.endsWith('.test.ts'),
);
/** The examples of the help stand in the sources, where no column breaks them. */
const outputs = globSync(['test/{golden,e2e/golden}/**/*.txt'], { cwd: ROOT }).filter(
  path => !/\/help[^/]*$/.test(path),
);
const pages = globSync(['*.md', 'docs/*.md'], { cwd: ROOT });

/** Its first line is what was typed, which may be meant to be wrong. */
const saidIn = (path: string): string => read(path).replace(/^\$ .*/, '');
const inFences = (text: string): string =>
  [...text.matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, inside = '']) => inside).join('\n');

const wrong = (text: string): string[] =>
  namedCommands(text, 'kubectl recover').flatMap(words => {
    const why = whyNotOurs(words);
    return why === undefined ? [] : [`kubectl recover ${words.join(' ')}: ${why}`];
  });

describe('a command that is told to run is one of the plugin', () => {
  test.each(Object.entries(CODE_ADVICE))('in what would mend %s', (_, { mend }) => {
    expect(wrong(mend)).toEqual([]);
  });

  test.each(sources)('in what %s says', path => {
    expect(wrong(withoutCode(read(path)))).toEqual([]);
  });

  test.each(outputs)('in %s', path => {
    expect(wrong(saidIn(path))).toEqual([]);
  });

  test.each(pages)('in the examples of %s', path => {
    expect(wrong(inFences(read(path)))).toEqual([]);
  });
});

test.each(
  sources.filter(path => path.startsWith('plugin/')),
)('a context in a command of %s is quoted for a shell: its name may hold anything', path => {
  expect(read(path).match(/--(?:from-)?context[ =]\$\{(?!shellWord\()[^\n]*/g) ?? []).toEqual([]);
});

describe('a command is found wrong', () => {
  test.each([
    ['by a flag that there is not', 'kubectl recover GROUP --frob'],
    ['by a flag of another command', 'kubectl recover points GROUP --map a=b'],
    ['by a command that there is not', 'kubectl recover cluster declare-dead prod'],
    ['by one word too many', 'kubectl recover explain CODE now'],
    ['by a flag without its value', 'kubectl recover GROUP --at'],
    ['by a value that is none', 'kubectl recover GROUP --volumes=maybe'],
  ])('%s', (_, text) => {
    expect(wrong(`do this: ${text}; then go on`)).toHaveLength(1);
  });

  test('and is none in a sentence that ends', () => {
    expect(wrong('run: kubectl recover check, or kubectl recover GROUP --at -2h; it says why.')).toEqual([]);
  });
});
