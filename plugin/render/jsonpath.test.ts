import { describe, expect, test } from 'vitest';
import { codeOf } from '../../test/fakes/code-of.ts';
import { JSONPATH_OBJECT, JSONPATH_REFUSED, JSONPATH_SAMPLES } from '../../test/fakes/jsonpath-samples.ts';
import { evaluate, fillJsonPath } from './jsonpath.ts';
import { parseColumnPath, parseJsonPath } from './parse-jsonpath.ts';

const fill = (template: string): string => fillJsonPath(parseJsonPath(template), JSONPATH_OBJECT);

describe('a template', () => {
  test.each(JSONPATH_SAMPLES)('%s gives what kubectl gives', (template, text) => {
    expect(fill(template)).toBe(text);
  });

  test.each(JSONPATH_REFUSED)('%s is refused, as kubectl refuses it', async template => {
    expect(await codeOf(() => fill(template))).toBe('UsageError');
  });

  test('a {range} without its {end} is refused, which kubectl takes', async () => {
    expect(await codeOf(() => fill('{range .points[*]}{.name}'))).toBe('UsageError');
  });

  test('a property of every JavaScript object is no field', () => {
    expect([fill('{.constructor}'), fill('{.__proto__}'), fill('{.points.length}')]).toEqual(['', '', '']);
  });
});

describe('the path of a column', () => {
  test.each(['.metadata.name', 'metadata.name', '{.metadata.name}', '{metadata.name}'])('may be %s', path => {
    expect(evaluate(parseColumnPath(path), JSONPATH_OBJECT)).toEqual(['sample']);
  });
});
