import { describe, expect, test } from "vitest";
import { readOrder } from "../../../bench/suite/arguments.ts";
import { isTooLate, quickMs, turnMs } from "../../../bench/suite/turns.ts";

describe("the turns of a round", () => {
  const quick = readOrder(["--quick"]);

  /** How long the turns are, when each engine takes what `took` says of its turn, and ending it takes a second. */
  const turnsOf = (
    took: (turn: number) => number,
  ): { readonly turns: number[]; readonly spentMs: number } => {
    const turns: number[] = [];
    let spentMs = 0;
    for (const index of quick.engines.keys()) {
      const turn = turnMs(quick, { spentMs, turnsLeft: quick.engines.length - index });
      turns.push(turn);
      spentMs += took(turn) + 1_000;
    }
    return { turns, spentMs };
  };

  test("of --quick are over after five minutes, however slow the engines are", () => {
    expect(turnsOf((turn) => turn).spentMs).toBeLessThan(quickMs);
    expect(quickMs).toBe(300_000);
  });

  test("give what fast engines leave to those that follow", () => {
    const { turns } = turnsOf((turn) => Math.min(turn, 9_000));

    expect(turns).toEqual(turns.toSorted((one, other) => one - other));
    expect(turns[0]).toBeGreaterThan(15_000);
    expect(turns.at(-1)).toBeGreaterThan(100_000);
  });

  test("of --quick are longer where a long workload was named", () => {
    const order = readOrder(["--quick", "--workload", "B1,B6"]);

    expect(turnMs(order, { spentMs: 0, turnsLeft: 16 })).toBe(120_000 + 60_000 + 150_000);
  });

  test("that are not quick have ends only for what hangs", () => {
    const order = readOrder(["--workload", "B1,B6"]);

    expect(turnMs(order, { spentMs: 3_600_000, turnsLeft: 17 })).toBe(120_000 + 60_000 + 150_000);
  });

  test("have no workload that begins near their end", () => {
    expect([0, 10_000, 17_000].map((spentMs) => isTooLate(18_000, spentMs))).toEqual([false, false, true]);
    expect(isTooLate(null, 1e9)).toBe(false);
  });
});
