import { expect, test } from 'vitest';
import { attackRows } from './attack-rows.ts';
import type { TestReport } from './run-vitest.ts';

const reportOf = (...titles: readonly (readonly string[])[]): TestReport => ({
  ...{ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, success: true },
  testResults: [
    {
      assertionResults: titles.map(([title = '', ...ancestorTitles]) => ({ title, ancestorTitles, status: 'passed' })),
    },
  ],
});

const rows = (...titles: readonly (readonly string[])[]) =>
  attackRows(reportOf(...titles)).map(({ id, wall, code, what }) => [id, wall, code, what]);

test('a title with all four is a row, in the order of the threats', () => {
  const titles = [['T14 | wall 2 | CatalogueOnly | b'], ['T03 | wall 4 | ScopeExceeded | a | or more']];
  expect(rows(...titles)).toEqual([
    ['T03', 'wall 4', 'ScopeExceeded', 'a | or more'],
    ['T14', 'wall 2', 'CatalogueOnly', 'b'],
  ]);
});

test('the threat may stand around several attacks', () => {
  expect(rows(['ownership | StampInvalid | x', 'walls', 'T58: a trusted peer'])).toEqual([
    ['T58', 'ownership', 'StampInvalid', 'x'],
  ]);
});

test('RBAC and schemas have no code', () => {
  expect(rows(['T50 | RBAC | a group is written'], ['schema | is not changed by bob', 'T67: what was asked'])).toEqual([
    ['T50', 'RBAC', '-', 'a group is written'],
    ['T67', 'schema', '-', 'is not changed by bob'],
  ]);
});

test('what passes, what would work and what is about nothing is no attack', () => {
  expect(
    rows(
      ['T38, T39 | ownership | stored | nothing'],
      ['T14 would succeed: editor widens the spec'],
      ['T82: labels pass'],
      ['T51 | keeps its ID'],
      ['ownership | StampInvalid | x'],
    ),
  ).toEqual([]);
});
