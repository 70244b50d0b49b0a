import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, three spaces apart, with nothing at the end of a line', () => {
  const rows = [
    ['nightly-1', 'Yes', ''],
    ['n', 'No: PointNotReady', '9h'],
  ];
  expect(table(['POINT', 'USABLE', 'AGE'], rows)).toBe(
    ['POINT       USABLE              AGE', 'nightly-1   Yes', 'n           No: PointNotReady   9h', ''].join('\n'),
  );
});

test('without rows there are only the titles', () => {
  expect(table(['POINT', 'AGE'], [])).toBe('POINT   AGE\n');
});

test('a title is not cut by shorter cells', () => {
  expect(table(['NAMESPACES', 'AGE'], [['1', '2d']])).toBe('NAMESPACES   AGE\n1            2d\n');
});

test('a row may have fewer cells than titles', () => {
  expect(table(['A', 'B', 'C'], [['1'], ['1', '2', '3']])).toBe('A   B   C\n1\n1   2   3\n');
});

test('columns are counted as a terminal draws them', () => {
  const rows = [
    ['商店', '1d'],
    ['e\u0301te\u0301', '2d'],
    ['😀', '3d'],
  ];
  expect(table(['WHO', 'AGE'], rows)).toBe(
    ['WHO    AGE', '商店   1d', 'e\u0301te\u0301    2d', '😀     3d', ''].join('\n'),
  );
});

test.each([
  ['a line break', 'first\nsecond', 'first second'],
  ['a carriage return', 'alice\r\nbob', 'alice bob'],
  ['an escape sequence', 'alice\u001b[2J\u001b]0;\u0007x', 'alice [2J ]0; x'],
  ['a C1 control', 'alice\u009b2J', 'alice 2J'],
  ['a tab', 'alice\tbob', 'alice bob'],
])('%s in a cell stays in its cell', (_, cell, shown) => {
  expect(table(['WHO', 'AGE'], [[cell, '1d']])).toBe(`${'WHO'.padEnd(shown.length)}   AGE\n${shown}   1d\n`);
});
