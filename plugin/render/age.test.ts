import { expect, test } from 'vitest';
import { age } from './age.ts';

const now = new Date('2026-03-02T12:00:00.999Z');

test.each([
  ['2026-03-02T12:00:00Z', '0s'],
  ['2026-03-02T11:59:59Z', '1s'],
  ['2026-03-02T11:59:01Z', '59s'],
  ['2026-03-02T11:59:00Z', '1m'],
  ['2026-03-02T11:00:01Z', '59m'],
  ['2026-03-02T11:00:00Z', '1h'],
  ['2026-03-01T12:00:01Z', '23h'],
  ['2026-03-01T12:00:00Z', '1d'],
  ['2026-02-28T12:00:01Z', '1d'],
  ['2026-02-28T12:00:00Z', '2d'],
  ['2025-03-02T12:00:00Z', '365d'],
  ['2026-03-02T13:00:00+02:00', '1h'],
])('%s is %s old', (time, text) => {
  expect(age(time, now)).toBe(text);
});

test('a time to come, as clocks that differ make it, is no age below zero', () => {
  expect(age('2026-03-02T12:00:05Z', now)).toBe('0s');
});

test.each(['', 'soon'])('"%s" has no age', time => {
  expect(age(time, now)).toBe('<unknown>');
});
