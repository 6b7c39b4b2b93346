/**
 * Counts of durations by size. Bucket -> count, where bucket n below 32 holds the duration of n ms, and above it every
 * doubling has 16 buckets of the same width: a value taken from the middle of its bucket is off by at most 3.1 %. Whole
 * numbers only, so that every machine counts alike; empty buckets are not kept.
 */
export type DurationHistogram = Map<number, number>;

const steps = 16; // buckets for each doubling
const bucketLimit = 2 * steps; // below it, a bucket is one millisecond

export function countDuration(histogram: DurationHistogram, durationMs: number): void {
  add(histogram, bucketOf(durationMs), 1);
}

export function addHistogram(histogram: DurationHistogram, more: ReadonlyMap<number, number>): void {
  for (const [bucket, count] of more) add(histogram, bucket, count);
}

/** How many durations were counted. O(buckets). */
export function countOf(histogram: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const count of histogram.values()) total += count;
  return total;
}

/**
 * The smallest duration that is not below the share `q` of all of them: 0.5 for the median, 0.95 for p95. Within 3.1 %,
 * in whole ms; null = nothing was counted. O(buckets).
 */
export function quantile(histogram: ReadonlyMap<number, number>, q: number): number | null {
  let missing = rankOf(q, countOf(histogram));
  for (const [bucket, count] of [...histogram].toSorted(([one], [other]) => one - other)) {
    missing -= count;
    if (missing <= 0) return middleOf(bucket);
  }
  return null;
}

const rounding = 1e-9; // 0.07 * 100 is a little above 7

function rankOf(q: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil(q * count - rounding)));
}

function add(histogram: DurationHistogram, bucket: number, count: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
}

function bucketOf(durationMs: number): number {
  let mantissa = Math.max(0, Math.floor(durationMs));
  let doublings = 0;
  for (; mantissa >= bucketLimit; doublings += 1) mantissa = Math.floor(mantissa / 2);
  return doublings * steps + mantissa;
}

function middleOf(bucket: number): number {
  const doublings = Math.max(0, Math.floor(bucket / steps) - 1);
  const width = 2 ** doublings;
  return (bucket - doublings * steps) * width + Math.floor((width - 1) / 2);
}
