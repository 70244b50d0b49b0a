import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { structured } from './output.ts';

const value = { metadata: { name: 'shop' }, namespaces: ['shop', 'shop-db'], points: 3, ready: true };

test('JSON is indented by two and ends its line', () => {
  expect(structured(value, 'json')).toBe(`{
  "metadata": {
    "name": "shop"
  },
  "namespaces": [
    "shop",
    "shop-db"
  ],
  "points": 3,
  "ready": true
}
`);
});

test('YAML is in block style', () => {
  expect(structured(value, 'yaml')).toBe(`metadata:
  name: shop
namespaces:
  - shop
  - shop-db
points: 3
ready: true
`);
});

test.each([
  [[], '[]\n'],
  [{}, '{}\n'],
])('nothing found is not nothing at all: %j', (empty, text) => {
  expect([structured(empty, 'json'), structured(empty, 'yaml')]).toEqual([text, text]);
});

test.each([
  'no',
  'No',
  'y',
  'on',
  'off',
  'true',
  'null',
  '~',
  '1',
  '0777',
  '0o7',
  '0x1f',
  '1_000',
  '1e3',
  '.5',
  '1:30',
  '2026-03-02T03:00:00Z',
  '2026-03-02',
  '',
  '- a',
  'a: b',
  '*',
  'oidc:*',
  'first\nsecond',
  'x'.repeat(200),
])('"%s" is the same string to YAML 1.1, which kubectl reads, and to 1.2', text => {
  const yaml = structured({ owner: text }, 'yaml');
  expect(parse(yaml, { version: '1.1' })).toEqual({ owner: text });
  expect(parse(yaml, { version: '1.2' })).toEqual({ owner: text });
});

test('what is absent does not show', () => {
  expect(structured({ code: undefined, name: 'shop' }, 'yaml')).toBe('name: shop\n');
  expect(structured({ code: undefined, name: 'shop' }, 'json')).toBe('{\n  "name": "shop"\n}\n');
});
