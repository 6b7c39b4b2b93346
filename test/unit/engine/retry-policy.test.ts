import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import {
  exponential,
  fatal,
  isFatal,
  nextDelayMs,
  type RetryPolicy,
} from "../../../src/engine/retry-policy.ts";
import { noBounds, type TaskSpec } from "../../../src/engine/specs.ts";
import { overridesOf, policyOf } from "../../../src/engine/task-overrides.ts";

const error = new Error("no");
const policy = (changes: Partial<RetryPolicy> = {}): RetryPolicy => ({
  maxAttempts: 4,
  delay: 0,
  jitter: 0,
  condition: null,
  ...changes,
});
const delays = async (of: RetryPolicy): Promise<(number | null)[]> =>
  Promise.all([1, 2, 3, 4, 5].map(async (attempt) => nextDelayMs(of, { error, attempt }, 0)));

describe("when to try again", () => {
  test.each<[string, RetryPolicy, (number | null)[]]>([
    ["at once", policy(), [0, 0, 0, null, null]],
    ["never", policy({ maxAttempts: 1 }), [null, null, null, null, null]],
    ["always after the same time", policy({ delay: "2s" }), [2_000, 2_000, 2_000, null, null]],
    [
      "after a list of times, the last one repeats",
      policy({ delay: [10, "1s"] }),
      [10, 1_000, 1_000, null, null],
    ],
    ["after an empty list: at once", policy({ delay: [] }), [0, 0, 0, null, null]],
    ["after what a function says", policy({ delay: ({ attempt }) => attempt * 7 }), [7, 14, 21, null, null]],
    ["ever later", policy({ delay: exponential("1s") }), [1_000, 2_000, 4_000, null, null]],
    [
      "ever later, up to a bound",
      policy({ delay: exponential(100, { factor: 10, max: "1s" }) }),
      [100, 1_000, 1_000, null, null],
    ],
    [
      "if a condition says so",
      policy({ condition: ({ attempt }) => attempt < 2 }),
      [0, null, null, null, null],
    ],
    [
      "if a condition says so later",
      policy({ condition: async ({ attempt }) => attempt !== 2 }),
      [0, null, 0, null, null],
    ],
  ])("%s", async (_what, of, expected) => expect(await delays(of)).toEqual(expected));

  test("a condition that throws cannot vouch for another try", async () => {
    const condition = (): never => {
      throw new Error("gotcha");
    };
    expect(await delays(policy({ condition }))).toEqual([null, null, null, null, null]);
  });

  test("jitter makes it later, never earlier, by at most its share", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(100_000),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (delay, jitter, chance) => {
          const ms = (await nextDelayMs(policy({ delay, jitter }), { error, attempt: 1 }, chance))!;
          expect(ms).toBeGreaterThanOrEqual(delay);
          expect(ms).toBeLessThanOrEqual(Math.round(delay * (1 + jitter)));
          expect(Number.isInteger(ms)).toBe(true);
        },
      ),
    );
  });

  test("a delay that is none is an error of the option", async () => {
    const wrong = policy({ delay: () => -5 });
    await expect(nextDelayMs(wrong, { error, attempt: 1 }, 0)).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });
});

describe("errors that are not retried", () => {
  test("those marked by fatal(), and our own refusals", async () => {
    const marked = fatal(new TypeError("never again"));

    expect(marked).toBeInstanceOf(TypeError);
    expect(Object.keys(marked)).toEqual([]);
    expect(await nextDelayMs(policy(), { error: marked, attempt: 1 }, 0)).toBeNull();
    expect(isFatal(new EngineError("PAYLOAD_TOO_LARGE", "x"))).toBe(true);
    expect(isFatal(new EngineError("TASK_TIMED_OUT", "x"))).toBe(false);
    expect([error, null, "x", undefined].some(isFatal)).toBe(false);
  });
});

const spec = (changes: Partial<TaskSpec> = {}): TaskSpec => ({
  name: "a",
  fn: () => null,
  queue: null,
  retry: policy({ delay: ["1s", 5], jitter: 0.5 }),
  timeoutMs: 9,
  bounds: noBounds,
  tags: [],
  cache: null,
  results: null,
  key: null,
  overridden: true,
  onInputChange: "block",
  rules: null,
  rollback: null,
  commit: null,
  hooks: null,
  ...changes,
});

describe("options that travel with a queued call", () => {
  test("only where a call has its own", () => {
    expect(overridesOf(spec({ overridden: false }))).toBeNull();
    expect(overridesOf(spec())).toEqual({
      maxAttempts: 4,
      delaysMs: [1_000, 5],
      jitter: 0.5,
      timeoutMs: 9,
      bounds: null,
      results: null,
    });
    expect(overridesOf(spec({ retry: policy({ delay: "2s" }) }))?.delaysMs).toEqual([2_000]);
  });

  test.each([{ delay: () => 1 }, { condition: () => true }])("functions cannot travel: %o", (changes) => {
    expect(() => overridesOf(spec({ retry: policy(changes) }))).toThrowError(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  test("the worker uses those of the call, else those of the definition", () => {
    expect(policyOf(spec(), null)).toEqual({ retry: spec().retry, timeoutMs: 9, bounds: noBounds });
    expect(
      policyOf(spec(), {
        maxAttempts: 2,
        delaysMs: [3],
        jitter: 0,
        timeoutMs: null,
        bounds: null,
        results: null,
      }),
    ).toEqual({
      retry: { maxAttempts: 2, delay: [3], jitter: 0, condition: null },
      timeoutMs: null,
      bounds: noBounds,
    });
  });
});
