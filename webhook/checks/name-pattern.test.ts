import { expect, test } from 'vitest';
import { fitsAny, fitsPattern } from './name-pattern.ts';

test.each([
  ['shop', 'shop', true],
  ['shop', 'sho*', true],
  ['shop', '*', true],
  ['shop', 'shop*', true],
  ['shop', 'shop-*', false],
  ['shop', 'SHOP', false],
  ['shop', 'sho', false],
  ['shop', '', false],
  ['shop', '*shop', false],
  ['shop', 's*p', false],
  ['shop', 's.op', false],
  ['shop', '.*', false],
  ['s*', 's**', true],
  ['shop', 's**', false],
  ['', '*', true],
])('%j fits %j: %s', (name, pattern, fits) => {
  expect(fitsPattern(name, pattern)).toBe(fits);
  expect(fitsAny(name, ['nothing', pattern])).toBe(fits);
});

test('nothing fits no pattern', () => {
  expect(fitsAny('shop', [])).toBe(false);
});
