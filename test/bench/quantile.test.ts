import { expect, test } from 'vitest';
import { histogramQuantile, quantile } from './quantile.ts';

test('a quantile is one of the samples, whatever their order', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.95)).toBe(10);
  expect(quantile([7], 0.95)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a quantile of a histogram lies within its bucket, in the place of its rank', () => {
  const buckets = [
    { upTo: 10, count: 0 },
    { upTo: 20, count: 10 },
    { upTo: Number.POSITIVE_INFINITY, count: 10 },
  ];
  expect(histogramQuantile(buckets, 0.5)).toBe(15);
  expect(histogramQuantile(buckets, 1)).toBe(20);
});

test('samples beyond the last bucket are told as its end, none as no number', () => {
  const beyond = [
    { upTo: 5, count: 0 },
    { upTo: Number.POSITIVE_INFINITY, count: 3 },
  ];
  expect(histogramQuantile(beyond, 0.5)).toBe(5);
  expect(histogramQuantile([{ upTo: 5, count: 0 }], 0.5)).toBeNaN();
});
