/** The value below which a share (0 to 1) of the samples lies: the nearest rank, so always one that was measured. */
export const quantile = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
};

/** One bucket of a Prometheus histogram: how many samples were at most this large. */
export interface Bucket {
  readonly upTo: number;
  readonly count: number;
}

/**
 * The same of a histogram, as Prometheus' `histogram_quantile` does it: samples are taken to lie evenly within a
 * bucket, so the answer is as exact as buckets are narrow. In the last one, which has no end, it is its beginning.
 */
export const histogramQuantile = (buckets: readonly Bucket[], share: number): number => {
  const sorted = [...buckets].sort((a, b) => a.upTo - b.upTo);
  const rank = share * (sorted.at(-1)?.count ?? 0);
  const index = sorted.findIndex(({ count }) => count > 0 && count >= rank);
  const bucket = sorted[index];
  if (bucket === undefined) return Number.NaN;
  const below = sorted[index - 1] ?? { upTo: 0, count: 0 };
  if (bucket.upTo === Number.POSITIVE_INFINITY) return below.upTo;
  return below.upTo + ((bucket.upTo - below.upTo) * (rank - below.count)) / (bucket.count - below.count);
};
