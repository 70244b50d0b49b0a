import { describe, expect, test } from 'vitest';
import { silentSince } from './velero-silence.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

describe('Velero is silent', () => {
  test.each([
    [301, undefined],
    [301, '1m0s'],
    [301, 'soon'],
    [901, '5m'],
    [10_801, '1h0m0s'],
  ])('that last looked %i s ago, every %s', (seconds, validationFrequency) => {
    expect(silentSince({ lastValidationTime: ago(seconds), validationFrequency }, NOW)).toBe(ago(seconds));
  });
});

describe('Velero is not silent', () => {
  test.each([
    [300, undefined],
    [900, '5m'],
    [10_800, '1h0m0s'],
    [86_400, '0s'],
    [86_400, '0m0s'],
  ])('that last looked %i s ago, every %s', (seconds, validationFrequency) => {
    expect(silentSince({ lastValidationTime: ago(seconds), validationFrequency }, NOW)).toBeUndefined();
  });

  test('of which nothing is known', () => {
    expect(silentSince({}, NOW)).toBeUndefined();
  });
});
