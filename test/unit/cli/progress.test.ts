import { afterEach, describe, expect, test, vi } from "vitest";
import { formatBytes } from "../../../src/cli/format.ts";
import { ProgressBar } from "../../../src/cli/progress.ts";

afterEach(() => vi.restoreAllMocks());

describe("progress that nobody watches on a terminal", () => {
  test("is a line for each tenth, and the last one says all", () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    const bar = new ProgressBar("Folding");

    for (let runs = 1; runs <= 40; runs += 1) bar.show({ runs, total: 40 });
    bar.show({ runs: 40, total: 40 });

    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe("Folding: 4 of 40 runs (10 %)\n");
    expect(lines.at(-1)).toBe("Folding: 40 of 40 runs (100 %)\n");
  });
});

describe("bytes", () => {
  test.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_500, "1.5 KiB"],
    [12_345, "12 KiB"],
    [3 * 1_024 ** 3, "3.0 GiB"],
    [5_000 * 1_024 ** 4, "5000 TiB"],
  ])("%d are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
