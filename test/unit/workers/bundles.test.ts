import { expect, test } from "vitest";
import { bundleId, hintsIn, hintsPerJob, packed } from "../../../src/workers/bundles.ts";
import type { TaskHint } from "../../../src/workers/run-ports.ts";

function hints(count: number, rest: Partial<TaskHint> = {}): readonly TaskHint[] {
  return Array.from({ length: count }, (_, index) => ({
    run: `run-${index % 10}`,
    flow: "report",
    queue: "default",
    task: "square",
    key: `square#${index + 1}`,
    position: 4 + index,
    attempt: 1,
    delayMs: 0,
    crashes: 0,
    ...rest,
  }));
}

function sizes(given: readonly TaskHint[], size: number): readonly number[] {
  return packed(given, size).map(({ length }) => length);
}

test("a few open tasks travel alone, so that many workers get something", () => {
  expect(hintsPerJob({ open: 63, workers: null })).toBe(1);
  expect(hintsPerJob({ open: 64, workers: null })).toBe(2);
  expect(hintsPerJob({ open: 15, workers: 1 })).toBe(1);
  expect(hintsPerJob({ open: 100, workers: 25 })).toBe(1);
});

test("the fewer workers there are, the more may travel together, and never more than 16", () => {
  expect([1, 2, 4, 8].map((workers) => hintsPerJob({ open: 100, workers }))).toEqual([12, 6, 3, 1]);
  expect(hintsPerJob({ open: 1_000_000, workers: 1 })).toBe(16);
  expect(hintsPerJob({ open: 16, workers: 0 })).toBe(2); // one that nobody knows of yet will come
});

test("every worker could have eight jobs, were all open tasks packed so", () => {
  for (const workers of [1, 3, 10, 40])
    for (const open of [1, 10, 100, 1_000]) {
      const jobs = Math.ceil(open / hintsPerJob({ open, workers }));
      expect(jobs).toBeGreaterThanOrEqual(Math.min(open, 8 * workers));
    }
});

test("hints are shared out evenly and in order, and none is lost", () => {
  const given = hints(100);

  expect(sizes(given, 16)).toEqual([14, 14, 14, 15, 14, 14, 15]);
  expect(packed(given, 16).flat()).toEqual(given);
  expect(sizes(given, 1)).toEqual(given.map(() => 1));
  expect(packed([], 16)).toEqual([]);
});

test("what is delayed or limited travels alone", () => {
  const rules = { limits: ["a/1"], priority: null };
  const given = [...hints(2, { delayMs: 5 }), ...hints(8), ...hints(2, { rules })];

  expect(sizes(given, 16)).toEqual([1, 1, 1, 1, 8]);
  expect(new Set(packed(given, 16).flat())).toEqual(new Set(given));
});

test("the id of a job tells how many hints it carries, and is never the same again", () => {
  const [first] = hints(1);
  if (first === undefined) throw new Error("There is a hint.");

  expect(hintsIn(bundleId(first, 16))).toBe(16);
  expect(bundleId(first, 16)).not.toBe(bundleId(first, 16)); // a retry may follow the job of the attempt before
  expect(hintsIn("run.1.abc")).toBe(1);
});
