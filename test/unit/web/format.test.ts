import { describe, expect, test } from "vitest";
import { fromLocalInput, toDistance, toLocalInput, toSpan } from "../../../web/format/instants.ts";
import { toBytes, toCount, toCounted, toShare, toShortCount } from "../../../web/format/numbers.ts";
import { toPlainLine, toShortLine } from "../../../web/format/plain-text.ts";
import { glyphs, markOf, toWords } from "../../../web/format/states.ts";

describe("spans and instants", () => {
  test.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [12_440, "12.4 s"],
    [59_960, "1 min"],
    [134_000, "2 min 14 s"],
    [3 * 3_600_000 + 5 * 60_000, "3 h 5 min"],
    [90_000_000, "1 d 1 h"],
    [-5, "0 ms"],
  ])("%d ms is %s", (ms, text) => expect(toSpan(ms)).toBe(text));

  test.each([
    [1_000_000, "just now"],
    [988_000, "12 s ago"],
    [1_300_000, "in 5 min"],
  ])("%d, seen at 1,000,000, is %s", (at, text) => expect(toDistance(at, 1_000_000)).toBe(text));

  test("an input takes back what it was given", () => {
    const at = Date.UTC(2026, 3, 30, 12, 14, 30);

    expect(fromLocalInput(toLocalInput(at))).toBe(at);
    expect(fromLocalInput("")).toBeNull();
    expect(fromLocalInput("yesterday")).toBeNull();
  });
});

describe("numbers", () => {
  test("counts have commas, and their noun", () => {
    expect(toCount(1_234_567)).toBe("1,234,567");
    expect(toCounted(1, "run")).toBe("1 run");
    expect(toCounted(4_312, "run")).toBe("4,312 runs");
    expect([987, 1_000, 4_312, 43_120, 999_600].map(toShortCount)).toEqual([
      "987",
      "1k",
      "4.3k",
      "43k",
      "1M",
    ]);
  });

  test("a share never hides its last failure", () => {
    expect(toShare(9_999, 10_000)).toBe("99.9 %");
    expect(toShare(10_000, 10_000)).toBe("100 %");
    expect(toShare(0, 0)).toBe("–");
  });

  test("bytes", () => expect([812, 1_434, 40_000_000].map(toBytes)).toEqual(["812 B", "1.4 KiB", "38 MiB"]));
});

describe("text of users", () => {
  test("control characters are seen", () => {
    expect(toPlainLine("a\u0000b \u202Ec\n\td")).toBe("a\u{fffd}b \u{fffd}c d");
  });

  test("no character is cut in halves, and no text is too long", () => {
    expect(toShortLine("😀😀😀", 2)).toBe("😀…");
    expect(toShortLine("x".repeat(5_000_000), 80)).toHaveLength(80);
  });
});

describe("states", () => {
  test("a name counts before the type, and a user's own name has its type's mark", () => {
    expect(markOf("COMPLETED", "Cached")).toBe("cached");
    expect(markOf("COMPLETED", "Approved by Ada")).toBe("completed");
    expect(markOf("SCHEDULED", "AwaitingRetry")).toBe("scheduled");
    expect(toWords("AwaitingRetry")).toBe("awaiting retry");
  });

  test("no two marks look alike", () => {
    const signs = Object.values(glyphs);

    expect(new Set(signs).size).toBe(signs.length);
  });
});
