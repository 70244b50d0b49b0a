import { expect, test } from 'vitest';
import { cut, oneLine, wrapped } from './cut.ts';

test.each([
  ['shop', 5, 'shop'],
  ['shop', 4, 'shop'],
  ['shop', 3, 'sh…'],
  ['shop', 1, '…'],
  ['shop', 0, ''],
  ['😀😀😀', 6, '😀😀😀'],
  ['😀😀😀', 5, '😀😀…'],
  ['😀😀😀', 4, '😀…'],
  ['商店', 3, '商…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
])('"%s" in %i columns is "%s"', (line, columns, text) => {
  expect(cut(line, columns)).toBe(text);
});

test.each([
  ['', 5, ['']],
  ['to be or not', 5, ['to be', 'or', 'not']],
  ['to be or not', 100, ['to be or not']],
  ['x abcdefghij', 4, ['x', 'abcd', 'efgh', 'ij']],
  ['商店 商店', 5, ['商店', '商店']],
  ['商店商店', 5, ['商店', '商店']],
  ['商店', 1, ['商', '店']],
])('"%s" in lines of %i columns is %j', (text, columns, lines) => {
  expect(wrapped(text, columns)).toEqual(lines);
});

test('what moves the cursor is a space', () => {
  expect(oneLine('a\r\nb\tc\u001b[2Jd')).toBe('a b c [2Jd');
});
