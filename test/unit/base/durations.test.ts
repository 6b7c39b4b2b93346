import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Duration, formatMs, toMs } from "../../../src/base/durations.ts";
import { EngineError, errorTraits, isEngineError } from "../../../src/base/errors.ts";
import { invariant } from "../../../src/base/invariant.ts";

describe("durations", () => {
  test.each<[Duration, number]>([
    [0, 0],
    [1.6, 2],
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5h", 5_400_000],
    ["5m", 300_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
  ])("%j is %d ms", (duration, ms) => expect(toMs(duration)).toBe(ms));

  test("a number is milliseconds", () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(toMs(ms)).toBe(ms);
      }),
    );
  });

  test.each([-1, Number.NaN, Infinity, "", "5", "5 s", "-5s", "s", "1y", "1e3s", "5S"])(
    "%j is refused",
    (wrong) => {
      expect(() => toMs(wrong as Duration)).toThrowError(
        expect.objectContaining({ code: "OPTION_INVALID", details: { duration: String(wrong) } }),
      );
    },
  );

  test.each([
    [0.4, "0 ms"],
    [999, "999 ms"],
    [1_000, "1 s"],
    [1_250, "1.3 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h"],
    [12_000_000, "3 h 20 min"],
    [86_400_000, "1 d"],
    [183_600_000, "2 d 3 h"],
  ])("%d ms are shown as %j", (ms, text) => expect(formatMs(ms)).toBe(text));
});

describe("errors", () => {
  test("are told apart by their code, also by another copy of the package", () => {
    const cause = new Error("why");
    const error = new EngineError("TASK_FAILED", "no", { task: "a" }, cause);
    const copy = Object.assign(new Error("no"), {
      [Symbol.for("millrace.error")]: true,
      code: "TASK_FAILED",
    });

    expect(error).toMatchObject({ name: "EngineError", code: "TASK_FAILED", details: { task: "a" }, cause });
    expect("cause" in new EngineError("TASK_FAILED", "no")).toBe(false);
    expect([error, copy].map((thrown) => isEngineError(thrown, "TASK_FAILED"))).toEqual([true, true]);
    expect(isEngineError(error)).toBe(true);
    expect(isEngineError(error, "RUN_FAILED")).toBe(false);
    expect([null, undefined, "x", new Error("x")].some((thrown) => isEngineError(thrown))).toBe(false);
  });

  test("each code has a remedy, an HTTP status and an exit code", () => {
    for (const { http, exit } of Object.values(errorTraits)) {
      expect(http).toBeGreaterThanOrEqual(400);
      expect([1, 2, 3, 4]).toContain(exit);
    }
  });

  test("an invariant that does not hold is a bug of ours", () => {
    expect(() => invariant(true, "fine")).not.toThrow();
    expect(() => invariant(false, "1 is 2")).toThrow("Millrace bug, please report it: 1 is 2");
  });
});
