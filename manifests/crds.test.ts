import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_KINDS } from '../api/kinds/all-kinds.ts';
import { crdFiles } from './crd-files.ts';
import { crdOf } from './crd-of.ts';

const folder = join(import.meta.dirname, 'base', 'crds');

type Schema = Readonly<Record<string, unknown>>;

/** Every schema inside a schema, with its path. */
const schemasIn = (schema: Schema, path = ''): [string, Schema][] => [
  [path, schema],
  ...Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).flatMap(([name, inner]) =>
    schemasIn(inner, `${path}/${name}`),
  ),
  ...(['items', 'additionalProperties'] as const).flatMap(key =>
    schema[key] === undefined ? [] : schemasIn(schema[key] as Schema, `${path}/${key}`),
  ),
];

interface Version {
  readonly schema: { readonly openAPIV3Schema: { readonly properties: Readonly<Record<string, Schema>> } };
}

test('the files are what the schemas give: types and definitions cannot drift apart', () => {
  const expected = crdFiles();
  expect(readdirSync(folder).sort()).toEqual([...expected.keys()].sort());
  for (const [name, text] of expected) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

describe.each(ALL_KINDS)('$kind', kind => {
  const [version] = crdOf(kind).spec['versions'] as readonly Version[];
  const { spec, status } = version?.schema.openAPIV3Schema.properties ?? {};
  const all = [spec, status].flatMap(schema => (schema === undefined ? [] : schemasIn(schema)));

  test('bounds every string, list and map', () => {
    const unbounded = all.filter(
      ([, schema]) =>
        (schema['type'] === 'string' && schema['maxLength'] === undefined && schema['enum'] === undefined) ||
        (schema['type'] === 'array' && schema['maxItems'] === undefined) ||
        (schema['additionalProperties'] !== undefined && schema['maxProperties'] === undefined),
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test('is structural: each schema has a type, and none of the words that Kubernetes refuses', () => {
    expect(all.length).toBeGreaterThan(1);
    for (const [path, schema] of all) {
      expect(schema['type'], path).toBeTypeOf('string');
      for (const word of ['anyOf', 'oneOf', 'const', '$ref']) expect(schema[word], path).toBeUndefined();
    }
  });
});
