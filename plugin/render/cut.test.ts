import { expect, test } from 'vitest';
import { cut, oneLine } from './cut.ts';

test.each([
  ['shop', 5, 'shop'],
  ['shop', 4, 'shop'],
  ['shop', 3, 'sh…'],
  ['shop', 1, '…'],
  ['shop', 0, ''],
  ['😀😀😀', 3, '😀😀😀'],
  ['😀😀😀', 2, '😀…'],
])('"%s" in %i columns is "%s"', (line, columns, text) => {
  expect(cut(line, columns)).toBe(text);
});

test('what moves the cursor is a space', () => {
  expect(oneLine('a\r\nb\tc\u001b[2Jd')).toBe('a b c [2Jd');
});
