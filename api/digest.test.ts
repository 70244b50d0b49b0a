import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, randomName, recoveryHash, recoveryName, restoreName } from './digest.ts';
import { RANDOM_NAME_PATTERN } from './names.ts';

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('the digest of a value', () => {
  test('is SHA-256 over its RFC 8785 form', () => {
    const value = { b: [3, 1.0, 'é'], a: { z: null, y: true }, '\u20ac': 1e21, '\r': 'x' };
    expect(digestOf(value)).toBe(sha256('{"\\r":"x","a":{"y":true,"z":null},"b":[3,1,"é"],"€":1e+21}'));
  });

  test('of nothing but an empty object is that of two braces', () => {
    expect(digestOf({})).toBe(sha256('{}'));
  });

  test('does not depend on the order of members, but on that of items', () => {
    const shuffled = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })).chain(value =>
      fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length }).map(entries => ({
        value,
        other: Object.fromEntries(entries),
      })),
    );
    fc.assert(
      fc.property(shuffled, ({ value, other }) => {
        expect(digestOf(other)).toBe(digestOf(value));
      }),
    );
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  });

  test('survives JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(digestOf(JSON.parse(JSON.stringify(value)))).toBe(digestOf(value));
      }),
    );
  });

  test('an absent member and an undefined one are the same; null is another', () => {
    expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
    expect(digestOf({ a: 1, b: null })).not.toBe(digestOf({ a: 1 }));
  });

  test('tells values apart that look alike', () => {
    const values = [
      {},
      [],
      '',
      0,
      false,
      null,
      '0',
      [[]],
      [null],
      { a: {} },
      { a: [] },
      { a: '' },
      JSON.parse('{"__proto__":1}'),
    ];
    expect(new Set(values.map(digestOf)).size).toBe(values.length);
  });

  test.each([undefined, () => 1, Symbol('x'), Number.NaN, Number.POSITIVE_INFINITY, 1n])('%o has none', value => {
    expect(() => digestOf(value)).toThrow();
  });
});

describe('names', () => {
  test('random ones are 128 bits in hex, and differ', () => {
    const names = Array.from({ length: 1000 }, randomName);
    expect(new Set(names).size).toBe(1000);
    for (const name of names) expect(name).toMatch(new RegExp(RANDOM_NAME_PATTERN));
  });

  test('a Recovery is named after its access token, always the same', () => {
    const name = recoveryName('0123456789abcdef0123456789abcdef');
    expect(name).toMatch(new RegExp(RANDOM_NAME_PATTERN));
    expect(recoveryName('0123456789abcdef0123456789abcdef')).toBe(name);
    expect(recoveryName('1123456789abcdef0123456789abcdef')).not.toBe(name);
  });

  test('what others see of a Recovery is not a part of its name', () => {
    fc.assert(
      fc.property(fc.string(), id => {
        const name = recoveryName(id);
        expect(recoveryHash(name)).toMatch(/^[0-9a-f]{20}$/);
        expect(name).not.toContain(recoveryHash(name));
        expect(recoveryHash(name)).not.toBe(recoveryHash(id));
      }),
    );
  });

  test('a Restore’s name is a DNS label with the hash', () => {
    const name = recoveryName('x');
    expect(restoreName(name)).toBe(`recover-${recoveryHash(name)}`);
    expect(restoreName(name)).toMatch(/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/);
  });
});
