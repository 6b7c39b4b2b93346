import { describe, expect, test } from "vitest";
import { shorten, shortenAround, toIso, toLocalTimeMs, toSpan } from "../../../src/cli/format.ts";

describe("for people", () => {
  test("a time stands in the local time zone", () => {
    const at = new Date(2026, 3, 30, 7, 8, 9, 45);

    expect(toLocalTimeMs(at.getTime())).toBe("2026-04-30 07:08:09.045");
  });

  test.each([
    [null, null, ""],
    [1_000, 3_500, "2.5 s"],
    [1_000, null, "9 s"],
    [20_000, null, "0 ms"], // the clock of Redis may be ahead
  ])("a span from %j to %j", (from, to, expected) => {
    expect(toSpan(from, to, 10_000)).toBe(expected);
  });

  test("a text is one line of at most so many characters", () => {
    expect(shorten("a\n  b", 10)).toBe("a b");
    expect(shorten("abcdefgh", 5)).toBe("abcd…");
  });
});

test("for programs, a time is ISO and nothing stays nothing", () => {
  expect([toIso(0), toIso(null)]).toEqual(["1970-01-01T00:00:00.000Z", null]);
});

describe("two texts that differ", () => {
  test("stay as they are when they are short", () => {
    expect(shortenAround(["same a", "same b"], 20)).toEqual(["same a", "same b"]);
  });

  test("are cut so that the difference is to be seen", () => {
    const same = "0123456789".repeat(10);

    const cut = shortenAround([`${same}abc${same}`, `${same}xyz${same}`], 20);

    expect(cut).toEqual(["…56789abc0123456789…", "…56789xyz0123456789…"]);
  });

  test("are cut at the end when they differ at the begin, or not at all", () => {
    expect(shortenAround([`a${"-".repeat(30)}`, "b"], 10)).toEqual(["a--------…", "b"]);
    expect(shortenAround(["a", "a"], 10)).toEqual(["a", "a"]);
  });

  test("are still to be seen when one of them ends there", () => {
    const same = "0123456789".repeat(10);

    expect(shortenAround([same, `${same}x`], 20)).toEqual(["…56789", "…56789x"]);
  });
});
