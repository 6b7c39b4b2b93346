import { describe, expect, test } from "vitest";
import { noLimit, oneAtATime, runBatch } from "../../../bench/suite/batch.ts";
import type { Batch, OpenEngine } from "../../../bench/suite/session.ts";
import { oneByOne, type TenantTimes, tenants, tenantsMs, tenantTimes } from "../../../bench/suite/tenants.ts";

describe("one run at a time", () => {
  const plan = { shape: "sequence", tasks: 1, bytes: 0, seed: 1 } as const;
  const counted = (perBatch: number) => {
    const batches: Batch[] = [];
    const runs: OpenEngine["runs"] = async (batch) => {
      batches.push(batch);
      return Array.from({ length: Math.min(batch.count, perBatch) }, () => ({
        startedAt: 0,
        ms: 1,
        stamps: [],
      }));
    };
    return { batches, runs };
  };
  const bounds = { wanted: 10, leastMs: 100, mostMs: 300 };

  test("goes on until there are enough, or its longer time is over", async () => {
    const { batches, runs } = counted(7);

    expect(await oneAtATime(runs, plan, bounds)).toHaveLength(10);
    expect(batches.map(({ count, budgetMs, inFlight }) => [count, budgetMs, inFlight])).toEqual([
      [noLimit, 100, 1],
      [3, 200, 1],
    ]);
  });

  test("takes its time where there are enough, too", async () => {
    const { batches, runs } = counted(50);

    expect(await oneAtATime(runs, plan, bounds)).toHaveLength(50);
    expect(batches).toHaveLength(1);
  });
});

describe("a quiet tenant", () => {
  const times: TenantTimes = {
    parked: 600,
    parkMs: 60_000,
    warmUpMs: 10,
    blocks: 3,
    leadMs: 1,
    alone: { wanted: 4, leastMs: 2, mostMs: 60_000 },
    beside: { wanted: 5, leastMs: 2, mostMs: 60_000 },
  };

  /** Two tenants of nothing; a run of the quiet one takes a turn of the loop, and says how many noisy ones were open. */
  function pretend() {
    const [open, most, seen] = [{ noisy: 0 }, { noisy: 0 }, new Array<number>()];
    const runs =
      (once: () => Promise<number>): OpenEngine["runs"] =>
      async (batch) => {
        const waited: number[] = [];
        await runBatch(batch, async ({ tasks }) => {
          waited.push(await once());
          return Array.from({ length: tasks }, () => 0);
        });
        return waited.map((ms) => ({ startedAt: 0, ms, stamps: [] }));
      };
    const quiet = runs(async () => {
      await new Promise(setImmediate);
      seen.push(open.noisy);
      return open.noisy > 0 ? 6 : 2;
    });
    const noisy = runs(async () => {
      most.noisy = Math.max(most.noisy, (open.noisy += 1));
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      open.noisy -= 1;
      return 1;
    });
    return { open, most, seen, quiet, noisy };
  }

  test("is measured alone and beside ten lanes of another one in turns, which end with each turn", async () => {
    const { open, most, seen, quiet, noisy } = pretend();
    const parked = new Set<string>();

    const { n, figures } = await tenants(
      { quiet, noisy, park: oneByOne(async (name) => parked.add(name)) },
      times,
    );

    expect(figures).toEqual({
      "p99 alone": 2,
      "p99 beside": 6,
      "p99/alone": 3,
      "p50/alone": 3,
      parked: 600,
    });
    expect(n).toBeGreaterThanOrEqual(12);
    expect(parked.size).toBe(600);
    expect([most.noisy, open.noisy]).toEqual([10, 0]);
    const isNoisy = seen.map((count) => count > 0);
    expect(isNoisy.filter((now, index) => now !== (isNoisy[index - 1] ?? false))).toHaveLength(7); // on for the warm-up and three blocks, off between
  });

  test("has as many parked beside it as the time for that gives", async () => {
    const { quiet, noisy } = pretend();

    const { figures } = await tenants(
      { quiet, noisy, park: oneByOne(async () => undefined) },
      { ...times, parkMs: Number.MIN_VALUE },
    );

    expect(figures["parked"]).toBe(250);
  });

  test("has none parked before the engine says that the last one waits", async () => {
    const asked: string[] = [];

    await oneByOne(
      async (name) => name,
      async (name) => asked.push(name) === 3,
    )(["a", "b"]);

    expect(asked).toEqual(["b", "b", "b"]);
  });

  test.each([false, true])("takes less than 40 seconds of every engine (quick: %j)", (isQuick) => {
    expect(tenantsMs(tenantTimes(isQuick))).toBeLessThan(40_000);
  });

  test("has at least 300 runs of both kinds, where a run is short enough", () => {
    const { blocks, alone, beside } = tenantTimes(false);

    expect(blocks * Math.min(alone.wanted, beside.wanted)).toBeGreaterThanOrEqual(300);
  });
});
