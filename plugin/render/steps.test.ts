import { describe, expect, test } from 'vitest';
import { paletteOf } from './color.ts';
import { STEPS, type StepState, stepText } from './steps.ts';

const plain = paletteOf(false);
describe('a step', () => {
  test.each([
    ['waiting', '○ checks      9 of 9 passed', '-      checks      9 of 9 passed'],
    ['running', '◎ checks      9 of 9 passed', '...    checks      9 of 9 passed'],
    ['done', '✔ checks      9 of 9 passed', 'ok     checks      9 of 9 passed'],
    ['failed', '✗ checks      9 of 9 passed', 'failed checks      9 of 9 passed'],
  ] as const)('that is %s has a glyph, or a word', (state, glyph, word) => {
    const line = { name: 'checks', state, text: '9 of 9 passed' } as const;
    expect([stepText(line, plain, true), stepText(line, plain, false)]).toEqual([glyph, word]);
  });

  test('the text of all steps begins in one column', () => {
    const columns = STEPS.map(name => stepText({ name, state: 'done', text: '|' }, plain, false).indexOf('|'));
    expect(new Set(columns)).toEqual(new Set([19]));
  });

  test('without text ends without spaces', () => {
    expect(stepText({ name: 'proof', state: 'running', text: '' }, plain, false)).toBe('...    proof');
  });

  test.each([
    ['done', '\u001b[32m✔\u001b[39m proof       x'],
    ['failed', '\u001b[31m✗\u001b[39m proof       x'],
    ['running', '\u001b[2m◎\u001b[22m proof       x'],
    ['waiting', '\u001b[2m○\u001b[22m proof       x'],
  ] as const)('that is %s has its colour', (state: StepState, text) => {
    expect(stepText({ name: 'proof', state, text: 'x' }, paletteOf(true), true)).toBe(text);
  });
});
