import { expect, test } from 'vitest';
import { headOf, padded, widthOf } from './text-width.ts';

test.each([
  ['shop', 4],
  ['Größe', 5],
  ['商店', 4],
  ['가게', 4],
  ['😀', 2],
  ['👩‍👩‍👧', 2],
  ['🇪🇺', 2],
  ['e\u0301', 1],
  ['\u0301', 0],
  ['한', 2],
  ['\u1112\u1161\u11ab', 2],
  ['ｶ', 1],
  ['1\ufe0f\u20e3', 2],
  ['✔\ufe0f', 2],
  ['… — ’', 5],
  ['○ ◎ ✗', 5],
  ['✔ ok', 4],
  ['├─ proof', 8],
  ['', 0],
])('"%s" takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test('colour takes none', () => {
  expect(widthOf('\u001b[31mfailed\u001b[39m')).toBe(6);
});

test('a text is padded to columns, not to characters', () => {
  expect(padded('商店', 6)).toBe('商店  ');
  expect(padded('e\u0301', 3)).toBe('e\u0301  ');
  expect(padded('shop', 2)).toBe('shop');
});

test.each([
  ['shop', 3, 'sho'],
  ['shop', 9, 'shop'],
  ['商店', 3, '商'],
  ['e\u0301e\u0301', 1, 'e\u0301'],
  ['👩‍👩‍👧x', 2, '👩‍👩‍👧'],
  ['👩‍👩‍👧x', 1, ''],
])('of "%s" into %i columns goes "%s"', (text, columns, head) => {
  expect(headOf(text, columns)).toBe(head);
});
