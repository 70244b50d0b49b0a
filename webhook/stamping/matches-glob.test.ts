import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from './matches-glob.ts';

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);

describe('a glob', () => {
  test.each([
    ['shop', 'shop'],
    ['shop-*', 'shop-db'],
    ['shop-*', 'shop-'],
    ['*', 'shop'],
    ['*-db', 'shop-db'],
    ['s*p', 'sp'],
    ['s*o*-*b', 'shop-db'],
    ['sh?p', 'shop'],
    ['shop-[abc]', 'shop-b'],
    ['shop-[a-c]', 'shop-a'],
    ['shop-[a-c]', 'shop-c'],
    ['shop-[!abc]', 'shop-d'],
    ['shop-[!a-c]', 'shop-d'],
    ['{shop,billing}', 'billing'],
    ['shop{,-db}', 'shop'],
    ['shop-{d*,x}-1', 'shop-db-1'],
    ['{a,b}{c,d}', 'bc'],
  ])('%s fits %s', (pattern, fitting) => {
    expect(matchesGlob(fitting, pattern)).toBe(true);
  });

  test.each([
    ['shop', 'shop-db'],
    ['shop', 'sho'],
    ['shop-*', 'shop'],
    ['shop-*', 'my-shop-db'],
    ['*-db', 'shop-db-2'],
    ['sh?p', 'shp'],
    ['shop?', 'shop'],
    ['shop-[abc]', 'shop-d'],
    ['shop-[abc]', 'shop-'],
    ['shop-[a-c]', 'shop--'],
    ['shop-[!abc]', 'shop-a'],
    ['{shop,billing}', 'shop,billing'],
    ['{shop,billing}', 'bill'],
    ['', 'shop'],
    ['shop.', 'shopx'],
    ['s+', 'ss'],
    ['(shop|x)', 'shop'],
    ['SHOP', 'shop'],
  ])('%s does not fit %s', (pattern, other) => {
    expect(matchesGlob(other, pattern)).toBe(false);
  });

  test.each([
    'shop-[',
    'shop-[]',
    'shop-[!]',
    'shop-[a-z0-9]',
    '{shop',
    'shop}',
    'shop]',
    '{shop,[}',
    '{a{b,c}}',
    '+(shop)',
    '!(x)',
  ])('%s is none, and fits nothing', pattern => {
    for (const each of ['shop', 'shop-a', 'shop-0', 'a', 'x']) expect(matchesGlob(each, pattern)).toBe(false);
  });
});

test('a closing bracket without an opening one is no character of a name', () => {
  for (const pattern of ['shop]', 'shop}', ']', '}']) expect(matchesGlob(pattern, pattern)).toBe(false);
});

test('a name without wildcards fits itself alone', () => {
  fc.assert(fc.property(name, name, (one, other) => matchesGlob(one, other) === (one === other)));
});

test('a prefix and a suffix of a name, and anything between, fit it', () => {
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (each, a, b) => {
      const [from, to] = [a % each.length, b % each.length].toSorted((x, y) => x - y);
      return matchesGlob(each, `${each.slice(0, from)}*${each.slice(to)}`);
    }),
  );
});

test('stars fit as the regular expression of the same pattern does', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '-', '*', '?'), { maxLength: 8 }).map(parts => parts.join(''));
  const short = fc.array(fc.constantFrom('a', 'b', '-'), { maxLength: 10 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(short, pattern, (each, glob) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      return matchesGlob(each, glob) === expression.test(each);
    }),
    { numRuns: 1000 },
  );
});

test('a glob made to be slow is judged all the same', () => {
  // A regular expression takes minutes for a third of these stars.
  expect(matchesGlob('a'.repeat(63), `${'*a'.repeat(30)}*b`)).toBe(false);
  expect(matchesGlob('a'.repeat(63), '{*a,*a}'.repeat(30))).toBe(true);
  expect(matchesGlob('a'.repeat(63), `${'{*a,*a}'.repeat(30)}b`)).toBe(false);
});
