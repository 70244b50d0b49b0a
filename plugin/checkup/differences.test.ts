import { describe, expect, test } from 'vitest';
import { differences } from './differences.ts';

describe('what means the same', () => {
  test.each([
    ['the order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }],
    [
      'a default that the API server fills in',
      { a: 1 },
      { a: 1, namespaceSelector: {}, scope: '*', timeoutSeconds: 10 },
    ],
    ['a default that the manifests write', { matchPolicy: 'Equivalent', failurePolicy: 'Fail' }, {}],
    ['a field that is undefined', { a: 1, b: undefined }, { a: 1 }],
  ])('%s', (_, expected, found) => {
    expect(differences(expected, found)).toEqual([]);
  });
});

describe('what is different', () => {
  test.each<[string, unknown, unknown, string[]]>([
    ['a value', { a: { b: ['x', 'y'] } }, { a: { b: ['x', 'z'] } }, ['a.b[1]']],
    ['one more in a list', { a: [{ name: 'x' }] }, { a: [{ name: 'x' }, { name: 'y' }] }, ['a']],
    ['one less in a list', { a: ['x'] }, { a: [] }, ['a']],
    ['a field too many', { a: 1 }, { a: 1, matchResources: { namespaceSelector: {} } }, ['matchResources']],
    ['a field too few', { a: 1, b: 2 }, { a: 1 }, ['b']],
    ['another value than the default', {}, { failurePolicy: 'Ignore' }, ['failurePolicy']],
    ['a default instead of what was meant', { failurePolicy: 'Ignore' }, {}, ['failurePolicy']],
    ['a selector that selects', {}, { objectSelector: { matchLabels: { a: 'b' } } }, ['objectSelector.matchLabels']],
    ['another type', { a: ['x'] }, { a: 'x' }, ['a']],
    ['nothing at all', { a: 1 }, undefined, ['spec']],
  ])('%s', (_, expected, found, paths) => {
    expect(differences(expected, found, found === undefined ? 'spec' : '')).toEqual(paths);
  });
});
