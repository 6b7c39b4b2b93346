import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { packDocument } from "../../src/projections/document.ts";
import { flowStats } from "../../src/projections/flow-stats.ts";
import { newSummary } from "../../src/projections/run-summary.ts";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import type { ViewPlace } from "../../src/redis/live-view.ts";
import { readAllDocuments, readAsideRuns, readIndexCounts, readLag } from "../../src/redis/read-view.ts";
import { beginBuild } from "../../src/redis/view-builds.ts";
import { readViewSizes } from "../../src/redis/view-sizes.ts";
import { type StoreBatch, storeView } from "../../src/redis/view-store.ts";
import { type Filled, fillView, openBuilds } from "../support/fill-view.ts";
import { history } from "../support/run-queries.ts";

const { redis } = await connect(toAddress(inject("redisUrl")));
afterAll(() => redis.disconnect());

const signature = "s";
let view: ViewPlace;
beforeEach(async () => {
  view = { redis, namespace: { name: `view-${randomUUID().slice(0, 8)}`, shards: 2 }, signature };
  await openBuilds(view);
});

const nothing = { runs: [], documents: [] };

async function store(shard: number, change: Partial<StoreBatch>): Promise<void> {
  const place = { namespace: view.namespace, shard, build: `build-${shard}` };
  const batch = {
    seq: 0,
    batch: randomUUID(),
    mark: null,
    changes: nothing,
    aside: [],
    healed: [],
    ...change,
  };
  expect((await storeView(redis, place, batch)).answer).toBe("stored");
}

describe("the counts by flow and state", () => {
  test("are those of the summaries, whatever became of them", async () => {
    const filled: Filled = new Map();
    const [first = [], second = []] = fc.sample(history, { numRuns: 2, seed: 3 });
    await fillView(view, filled, first);
    // The same runs in the states of others.
    const moved = first.map((run, index) => {
      const { state, stateName } = second[index % second.length] ?? run;
      return { ...run, state, stateName };
    });
    await fillView(view, filled, moved);

    const counts = await readIndexCounts(redis, view.namespace, signature);

    const expected = new Map<string, number>();
    for (const { flow, state, stateName } of filled.values()) {
      const key = `${flow} ${state} ${stateName}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const found = counts.map(({ flow, state, name, count }) => [`${flow} ${state} ${name}`, count] as const);
    expect(new Map(found)).toEqual(expected);
    expect(found).toHaveLength(expected.size);
  });
});

describe("documents", () => {
  test("are read from all shards, and decoded", async () => {
    const doc = { ...flowStats.initial(), flow: "orders", created: 3, durations: new Map([[5, 2]]) };
    const documents = [{ projection: "flow-stats", id: "orders", bytes: packDocument(doc) }];
    await store(1, { changes: { runs: [], documents } });

    const shards = await readAllDocuments(redis, view.namespace, signature, flowStats);

    expect(shards).toEqual(
      new Map([
        [0, new Map()],
        [1, new Map([["orders", doc]])],
      ]),
    );
  });

  test("of a build that is not complete are not read", async () => {
    const other = "other";
    await beginBuild(redis, { namespace: view.namespace, shard: 0, build: "b" }, other);

    const shards = await readAllDocuments(redis, view.namespace, other, flowStats);

    expect([...shards.values()].every((documents) => documents.size === 0)).toBe(true);
    expect(await readIndexCounts(redis, view.namespace, other)).toEqual([]);
  });

  test("cost bytes: the summaries with their indexes, and each projection", async () => {
    const documents = [{ projection: "flow-stats", id: "orders", bytes: packDocument(flowStats.initial()) }];
    await store(0, { changes: { runs: [], documents } });
    const runs = Array.from({ length: 50 }, (_, id) => ({
      ...newSummary(`R${id}`),
      tags: ["red"],
      createdAt: id,
    }));
    await fillView(view, null, runs);

    const sizes = await readViewSizes(view, ["flow-stats", "none"]);

    expect(sizes.get("")).toMatchObject({ documents: 50 });
    expect(sizes.get("")!.bytes).toBeGreaterThan(50 * 100);
    expect(sizes.get("flow-stats")).toMatchObject({ documents: 1 });
    expect(sizes.get("none")).toEqual({ documents: 0, bytes: 0 });
  });
});

describe("the lag", () => {
  test("is how many commits are not folded, and how old the first of them is", async () => {
    const [seconds] = await redis.time();
    const nowMs = Number(seconds) * 1_000;
    const { feed } = shardKeys(view.namespace, 1);
    for (const ago of [90_000, 60_000, 30_000])
      await redis.xadd(feed, `${nowMs - ago}-0`, "r", "R1", "p", "1");
    await store(1, { mark: { feed: `${nowMs - 90_000}-0`, count: 1 } });

    const behind = await readLag(redis, view.namespace, signature);
    await store(1, { seq: 1, mark: { feed: `${nowMs - 30_000}-0`, count: 3 } });
    const caughtUp = await readLag(redis, view.namespace, signature);
    const unknown = await readLag(redis, view.namespace, "other");

    expect(behind.entries).toBe(2);
    expect(behind.ms).toBeGreaterThanOrEqual(60_000);
    expect(behind.ms).toBeLessThan(80_000);
    expect(caughtUp).toEqual({ entries: 0, ms: 0 });
    expect(unknown.entries).toBe(3); // no build of that release has folded anything
  });
});

describe("runs that stand aside", () => {
  test("are those of all shards, longest first", async () => {
    const late = { run: "R1", position: 2, code: "EVENT_UNKNOWN", message: "newer", at: 9 };
    const early = { run: "R2", position: 1, code: "EVENT_UNREADABLE", message: "damaged", at: 5 };
    await store(0, { aside: [late] });
    await store(1, { aside: [early] });

    expect(await readAsideRuns(redis, view.namespace, signature)).toEqual([early, late]);
  });
});
