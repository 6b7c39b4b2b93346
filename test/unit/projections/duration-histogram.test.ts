import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addHistogram,
  countDuration,
  countOf,
  type DurationHistogram,
  quantile,
} from "../../../src/projections/duration-histogram.ts";

function histogramOf(durations: readonly number[]): DurationHistogram {
  const histogram: DurationHistogram = new Map();
  for (const duration of durations) countDuration(histogram, duration);
  return histogram;
}

/** The nearest rank, of the durations themselves. */
function exact(durations: readonly number[], q: number): number {
  const sorted = durations.toSorted((one, other) => one - other);
  return sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1]!;
}

const year = 365 * 86_400_000;
const duration = fc.oneof(
  fc.nat(40),
  fc.nat(10_000),
  fc.nat(3_600_000),
  fc.integer({ min: 0, max: 10 * year }),
);

describe("a quantile", () => {
  test("is within 5 % of the exact one, from milliseconds to years", () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 0.01, 0.5, 0.9, 0.95, 0.99, 1),
        (durations, q) => {
          const wanted = exact(durations, q);

          const found = quantile(histogramOf(durations), q)!;

          expect(Math.abs(found - wanted)).toBeLessThanOrEqual(0.05 * wanted);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("is exact below 32 ms", () => {
    const durations = Array.from({ length: 32 }, (_, ms) => ms);

    expect(durations.map((ms) => quantile(histogramOf([ms]), 0.5))).toEqual(durations);
  });

  test("of nothing is not known", () => {
    expect(quantile(new Map(), 0.5)).toBeNull();
  });

  test("takes the rank as it is meant, whatever binary fractions make of it", () => {
    const durations = Array.from({ length: 100 }, (_, index) => (index < 7 ? 1 : 2));

    expect(quantile(histogramOf(durations), 0.07)).toBe(1); // 0.07 * 100 is 7.000000000000001
  });
});

test("histograms add up to the histogram of all, and need few buckets", () => {
  fc.assert(
    fc.property(fc.array(duration), fc.array(duration), (some, others) => {
      const sum = histogramOf(some);
      addHistogram(sum, histogramOf(others));

      expect(sum).toEqual(histogramOf([...some, ...others]));
      expect(countOf(sum)).toBe(some.length + others.length);
    }),
  );

  const everything = histogramOf(Array.from({ length: 100_000 }, (_, index) => index * 36)); // up to an hour
  expect(everything.size).toBeLessThan(350);
});
