import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const NAMES = ['points', 'status', 'group', 'check', 'mode'];

test.each([
  ['pionts', 'points'],
  ['point', 'points'],
  ['statsu', 'status'],
  ['staus', 'status'],
  ['moed', 'mode'],
  ['points', 'points'],
  ['stat', 'status'],
  ['che', 'check'],
])('%s is %s', (typed, meant) => {
  expect(nearestName(typed, NAMES)).toBe(meant);
});

test.each(['shop', 'md', 'restore', ''])('%j is nothing of these', typed => {
  expect(nearestName(typed, NAMES)).toBeUndefined();
});

test('of several the nearest', () => {
  expect(nearestName('latst', ['last', 'latest', 'least'])).toBe('last');
  // The slip is nearer to --at, but nobody cuts a flag short by its beginning.
  expect(nearestName('--lat', ['--at', '--latest'])).toBe('--latest');
});
