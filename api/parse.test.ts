import { describe, expect, test } from 'vitest';
import { codeOf } from '../test/fakes/code-of.ts';
import { parserOf } from './parse.ts';
import { RecoverError } from './recover-error.ts';
import { boolean, integer, list, namespaceName, object, oneOf, optional, stringMap, text, time } from './schema.ts';

const schema = object(
  {
    name: namespaceName(),
    kind: oneOf(['A', 'B']),
    count: integer({ maximum: 3 }),
    since: optional(time()),
    items: list(text({ maxLength: 3 }), { maxItems: 2 }),
    labels: stringMap({ maxProperties: 1, maxLength: 3 }),
    ready: boolean(),
  },
  { additionalProperties: false },
);
const parse = parserOf(schema, 'the thing');
const good = { name: 'shop', kind: 'A', count: 0, items: ['a'], labels: { a: 'b' }, ready: true };

test('what fits comes back as it is', () => {
  expect(parse(good)).toBe(good);
  expect(parse({ ...good, since: '2026-03-02T12:00:00Z' })).toHaveProperty('since');
});

describe('what does not fit is refused', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [good]],
    ['a string', JSON.stringify(good)],
    ['a missing member', { ...good, name: undefined }],
    ['an unknown member', { ...good, more: 1 }],
    ['an unknown member called __proto__', JSON.parse(`{"__proto__":1,${JSON.stringify(good).slice(1)}`)],
    ['members behind __proto__', JSON.parse(`{"__proto__":${JSON.stringify(good)}}`)],
    ['a capital in a namespace', { ...good, name: 'Shop' }],
    ['a newline after a namespace', { ...good, name: 'shop\n' }],
    ['64 characters of a namespace', { ...good, name: 'x'.repeat(64) }],
    ['an empty name', { ...good, name: '' }],
    ['another value of an enumeration', { ...good, kind: 'C' }],
    ['a number as text', { ...good, count: '1' }],
    ['a half', { ...good, count: 0.5 }],
    ['a number below', { ...good, count: -1 }],
    ['a number above', { ...good, count: 4 }],
    ['NaN', { ...good, count: Number.NaN }],
    ['too many items', { ...good, items: ['a', 'b', 'c'] }],
    ['an item too long', { ...good, items: ['abcd'] }],
    ['an object that looks like a list', { ...good, items: { 0: 'a', length: 1 } }],
    ['too many labels', { ...good, labels: { a: 'b', c: 'd' } }],
    ['a label that is no text', { ...good, labels: { a: 1 } }],
    ['a label too long', { ...good, labels: { a: 'abcd' } }],
    ['a yes that is text', { ...good, ready: 'true' }],
    ['a day that does not exist', { ...good, since: '2026-02-30T12:00:00Z' }],
    ['a time without zone', { ...good, since: '2026-03-02T12:00:00' }],
    ['a day alone', { ...good, since: '2026-03-02' }],
    ['a time with more behind it', { ...good, since: '2026-03-02T12:00:00Z\n' }],
    ['a word as time', { ...good, since: 'now' }],
  ])('%s', async (_, value) => {
    expect(await codeOf(() => parse(value))).toBe('RequestInvalid');
  });
});

test('the code is that of the caller', async () => {
  expect(await codeOf(() => parserOf(schema, 'the token', 'TokenMalformed')(1))).toBe('TokenMalformed');
});

test('the message names place and rule, never the value', () => {
  const secret = 'eyJhbGciOiJFUzI1NiJ9';
  for (const bad of [
    { ...good, name: secret },
    { ...good, kind: secret },
    { ...good, items: [secret] },
    { ...good, labels: { a: secret } },
    secret,
  ]) {
    const error = catching(() => parse(bad));
    expect(error).toBeInstanceOf(RecoverError);
    expect(String(error)).not.toContain(secret);
  }
  expect(String(catching(() => parse({ ...good, labels: { a: secret } })))).toContain('/labels/a');
});

const catching = (attempt: () => unknown): unknown => {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
};
