import { expect, test } from 'vitest';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { parseDuration } from './parse-duration.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['10', 10_000],
  ['250ms', 250],
  ['10s', 10_000],
  ['90s', 90_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1h30m', 5_400_000],
  ['1h1m1s1ms', 3_661_001],
  ['1m1m', 120_000],
  ['007s', 7_000],
  ['596h', 2_145_600_000],
  ['2147483647ms', 2_147_483_647],
])('reads %s as %i ms', (text, milliseconds) => {
  expect(parseDuration(text, '--timeout')).toBe(milliseconds);
});

test.each([
  '',
  ' ',
  's',
  '-5s',
  '+5s',
  '5 m',
  ' 5m',
  '5m ',
  '5m\n',
  '1.5h',
  '1e3',
  '5M',
  '1d',
  '1w',
  '5mm',
  '1h30',
  '30,5s',
  'never',
  '٥m',
  'Infinity',
])('refuses "%s"', async text => {
  expect(await problemOf(() => parseDuration(text, '--request-timeout'))).toEqual({
    code: 'UsageError',
    message: `"${text}" is not a duration for --request-timeout`,
    mend: 'write it as 30s, 10m or 1h30m',
  });
});

test.each([
  '597h',
  '596h32m',
  '2147484',
  '2147483648ms',
  '9'.repeat(400),
  `${'9'.repeat(400)}h`,
])('refuses %s, which a timer would take for a moment', async text => {
  expect(await problemOf(() => parseDuration(text, '--timeout'))).toEqual({
    code: 'UsageError',
    message: `"${text}" is too long for --timeout`,
    mend: 'write at most 596h',
  });
});
