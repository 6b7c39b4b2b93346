import { describe, expect, test } from "vitest";
import { toInstant } from "../../../src/cli/instants.ts";

const now = Date.UTC(2026, 3, 30, 12);
const read = toInstant("--since", now);

describe("a time on the command line", () => {
  test.each([
    ["2h", now - 7_200_000],
    ["1.5d", now - 129_600_000],
    ["2026-04-30T12:00:00Z", now],
    ["2026-04-30T14:00:00+02:00", now],
    ["2026-04-30T12:00:00.250Z", now + 250],
    ["2026-04-30", new Date(2026, 3, 30).getTime()], // local, as all times that are printed
    ["2026-04-30 08:15", new Date(2026, 3, 30, 8, 15).getTime()],
  ])("%s is understood", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each(["", "2", "yesterday", "2026", "2026-13-40", "-2h", "2026-04-30T25:00"])(
    "%j is refused",
    (text) => {
      expect(() => read(text)).toThrow(/^--since must be how long ago, as in 90m, 2h or 7d, or a time/);
    },
  );
});
