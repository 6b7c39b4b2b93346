import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, describe, expect, inject, test } from "vitest";
import { newSummary } from "../../src/projections/run-summary.ts";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { shardKeys, viewKeys } from "../../src/redis/keys.ts";
import { type ViewPlace, withLiveBuilds } from "../../src/redis/live-view.ts";
import { countRuns, queryRuns } from "../../src/redis/query-runs.ts";
import { statesCover } from "../../src/redis/run-cover.ts";
import type { RunOrder, RunQuery } from "../../src/redis/run-query.ts";
import { toStretch, walkRuns } from "../../src/redis/run-walk.ts";
import { readBuilds } from "../../src/redis/view-builds.ts";
import { type Filled, fillView, openBuilds } from "../support/fill-view.ts";
import { startCluster } from "../support/redis-cluster.ts";
import { history, naive, query, summary } from "../support/run-queries.ts";

const { redis } = await connect(toAddress(inject("redisUrl")));
afterAll(() => redis.disconnect());

async function openView(shards: number): Promise<ViewPlace> {
  const view = { redis, namespace: { name: `query-${randomUUID().slice(0, 8)}`, shards }, signature: "s" };
  await openBuilds(view);
  return view;
}

/** Every page of a query, and `between` pages something else. */
async function allPages(
  view: ViewPlace,
  asked: RunQuery,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await queryRuns(view, asked, { limit, cursor });
    expect(page.runs.length).toBeLessThanOrEqual(limit);
    found.push(...page.runs.map((entry) => entry.summary.run));
    if (page.next === null) return found;
    cursor = page.next;
    await between();
  }
}

describe("a query of runs", () => {
  test("gives in pages what a look at every summary gives, and counts as many", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(query, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(1, 4, 16),
        async (list, queries, limit, shards) => {
          const view = await openView(shards);
          const filled: Filled = new Map();
          await fillView(view, filled, list);

          for (const asked of queries) {
            const expected = naive(filled.values(), asked);
            expect(await allPages(view, asked, limit)).toEqual(expected);
            expect(await countRuns(view, asked)).toBe(expected.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("neither misses nor doubles a run while others are created and states change between pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.infiniteStream(fc.array(summary, { maxLength: 20 })),
        fc.constantFrom<RunQuery>({}, { flows: ["orders"] }, { tags: ["red"] }, { queue: "night" }),
        fc.integer({ min: 1, max: 20 }),
        async (list, more, asked, limit) => {
          const view = await openView(4);
          const filled: Filled = new Map();
          await fillView(view, filled, list);
          const expected = naive(filled.values(), asked);
          let fresh = 0;

          const found = await allPages(view, asked, limit, async () => {
            const changed = [...more.take(1)].flat().map((other) => {
              const before = filled.get(other.run);
              if (before === undefined)
                return { ...other, run: `N${(fresh += 1)}`, createdAt: 1_030 + fresh };
              return { ...before, state: other.state, stateName: other.stateName }; // all else of a run stays for ever
            });
            await fillView(view, filled, [...new Map(changed.map((run) => [run.run, run])).values()]);
          });

          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("finds every run in order, however little is read at a time", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.constantFrom(1, 3),
        fc.constantFrom<RunOrder>("newest", "oldest"),
        async (list, shards, order) => {
          const view = await openView(shards);
          await fillView(view, null, list);

          const found = await withLiveBuilds(view, async (places) => {
            const walked: string[] = [];
            const stretch = toStretch({ order }, null);
            for await (const some of walkRuns(view, places, {
              cover: statesCover([], []),
              stretch,
              wanted: 1,
            }))
              walked.push(...some.map(({ run }) => run));
            return walked;
          });

          expect(found).toEqual(naive(list, { order }));
        },
      ),
      { numRuns: 30 },
    );
  });

  test("refuses a cursor that is damaged or belongs to the other order", async () => {
    const view = await openView(1);
    const list = Array.from({ length: 3 }, (_, id) => ({ ...newSummary(`R${id}`), createdAt: id + 1 }));
    await fillView(view, null, list);
    const { next } = await queryRuns(view, {}, { limit: 1, cursor: null });

    const asks = ["", "x", `${next}A`, next!.slice(2), next!.toUpperCase()].map(async (cursor) =>
      queryRuns(view, {}, { limit: 1, cursor }),
    );

    for (const asked of asks)
      await expect(asked).rejects.toMatchObject({
        code: "OPTION_INVALID",
        message: /^The cursor is damaged/,
      });
    await expect(queryRuns(view, { order: "oldest" }, { limit: 1, cursor: next })).rejects.toMatchObject({
      message: /newest runs first, and this one has the oldest first/,
    });
  });

  test("says so when nothing was folded yet", async () => {
    const view = {
      redis,
      namespace: { name: `none-${randomUUID().slice(0, 8)}`, shards: 2 },
      signature: "s",
    };

    await expect(queryRuns(view, {}, { limit: 1, cursor: null })).rejects.toMatchObject({
      code: "COMMAND_REFUSED",
      message: /projections rebuild/,
    });
  });

  test("shows a run that stands aside, with its reason, even without a summary", async () => {
    const view = await openView(1);
    const { namespace } = view;
    await fillView(view, null, [{ ...newSummary("R1"), flow: "orders", createdAt: 1 }]);
    const { live } = await readBuilds(redis, namespace, 0, "s");
    await redis.zadd(shardKeys(namespace, 0).runs, 2, "R2", 3, "R3");
    const reason = { run: "R2", position: 1, code: "EVENT_UNREADABLE", message: "damaged", at: 5 };
    await redis.hset(viewKeys(namespace, 0, live!).aside, "R2", JSON.stringify(reason));

    const { runs } = await queryRuns(view, {}, { limit: 10, cursor: null });

    expect(runs).toMatchObject([
      { summary: { run: "R2", createdAt: 2, flow: "" }, aside: reason },
      { summary: { run: "R1" }, aside: null },
    ]);
    expect(await countRuns(view, {})).toBe(2); // R3 is not folded yet
    expect(await countRuns(view, { createdBefore: 2 })).toBe(1);
  });
});

describe("a query of runs in a Redis Cluster", () => {
  test("gives what it gives elsewhere", async () => {
    const cluster = await startCluster(3);
    const { redis } = await connect(toAddress(cluster.url));
    try {
      const view = { redis, namespace: { name: "in-cluster", shards: 16 }, signature: "s" };
      await openBuilds(view);
      const filled: Filled = new Map();
      await fillView(view, filled, fc.sample(history, { numRuns: 1, seed: 7 })[0]!);

      for (const asked of [
        {},
        { flows: ["orders"] },
        { states: ["COMPLETED"] },
        { tags: ["red"], queue: "night" },
      ]) {
        const expected = naive(filled.values(), asked);
        expect(await allPages(view, asked, 7)).toEqual(expected);
        expect(await countRuns(view, asked)).toBe(expected.length);
      }
    } finally {
      redis.disconnect();
      await cluster.stop();
    }
  });
});
