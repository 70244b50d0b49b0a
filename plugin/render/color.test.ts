import { describe, expect, test } from 'vitest';
import { paletteOf, usesColor } from './color.ts';

const stream = (isTTY: boolean) => ({ isTTY, write: () => undefined });

describe('colour', () => {
  test.each([
    ['a terminal gets it', 'auto', true, {}, true],
    ['a pipe does not', 'auto', false, {}, false],
    ['NO_COLOR turns it off', 'auto', true, { NO_COLOR: '1' }, false],
    ['NO_COLOR turns it off whatever it says', 'auto', true, { NO_COLOR: '0' }, false],
    ['an empty NO_COLOR does not count', 'auto', true, { NO_COLOR: '' }, true],
    ['a dumb terminal does not get it', 'auto', true, { TERM: 'dumb' }, false],
    ['another terminal does', 'auto', true, { TERM: 'xterm' }, true],
    ['a flag turns it on for a pipe', 'always', false, { NO_COLOR: '1', TERM: 'dumb' }, true],
    ['a flag turns it off for a terminal', 'never', true, { TERM: 'xterm' }, false],
  ] as const)('%s', (_, choice, isTTY, env, expected) => {
    expect(usesColor(choice, stream(isTTY), env)).toBe(expected);
  });
});

test('each style is ended by its own end, so that one may stand in another', () => {
  const { good, bad, faint, strong } = paletteOf(true);
  expect([good('a'), bad('b'), faint('c'), strong('d')]).toEqual([
    '\u001b[32ma\u001b[39m',
    '\u001b[31mb\u001b[39m',
    '\u001b[2mc\u001b[22m',
    '\u001b[1md\u001b[22m',
  ]);
});

test('without colour every style leaves the text as it is', () => {
  const { good, bad, faint, strong } = paletteOf(false);
  expect([good('a'), bad('b'), faint('c'), strong('d')]).toEqual(['a', 'b', 'c', 'd']);
});
