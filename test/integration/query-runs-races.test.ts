import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { newSummary, type RunSummary } from "../../src/projections/run-summary.ts";
import { connect, toAddress } from "../../src/redis/connect.ts";
import type { ViewPlace } from "../../src/redis/live-view.ts";
import { countRuns, queryRuns } from "../../src/redis/query-runs.ts";
import { beginBuild, switchTo } from "../../src/redis/view-builds.ts";
import { type Filled, fillView, openBuilds } from "../support/fill-view.ts";
import { naive } from "../support/run-queries.ts";

const connected = await connect(toAddress(inject("redisUrl")));
const redis = connected.redis as Redis;
afterAll(() => redis.disconnect());

const runs: readonly RunSummary[] = Array.from({ length: 30 }, (_, id) => {
  const state = { state: "RUNNING", stateName: "Running" } as const;
  return { ...newSummary(`R${id}`), ...state, flow: "orders", tags: ["red"], createdAt: id + 1 };
});
const page = { limit: 50, cursor: null };

let view: ViewPlace;
let filled: Filled;
beforeEach(async () => {
  view = {
    redis,
    namespace: { name: `race-${randomUUID().slice(0, 8)}`, shards: 2 },
    signature: "s",
  };
  filled = new Map();
  await openBuilds(view);
  await fillView(view, filled, runs);
});

/** A moment of a query: around its `nth` read of a build. */
interface Moment {
  readonly nth: number;
  readonly side: "before" | "after";
}

/** The view, through a connection at which something happens at a moment. */
function during({ nth, side }: Moment, happen: () => Promise<void>): ViewPlace {
  let reads = 0;
  const around = (read: (...args: unknown[]) => Promise<unknown>) => {
    if ((reads += 1) !== nth) return read;
    return async (...args: unknown[]) => {
      if (side === "before") await happen();
      const answers = await read(...args);
      if (side === "after") await happen();
      return answers;
    };
  };
  const meddling = new Proxy(redis, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name === "millrace-each-indexBuffer") return around(value.bind(target));
      if (name !== "multi") return value.bind(target);
      return () => {
        const step = target.multi();
        const exec = step.exec.bind(step);
        return Object.assign(step, { exec: around(async () => exec()) });
      };
    },
  });
  return { ...view, redis: meddling };
}

/** A shard goes over to another build with the same documents; the one in use until then is removed. */
async function replaceBuild(): Promise<void> {
  const place = { namespace: view.namespace, shard: 0, build: "other" };
  await beginBuild(redis, place, view.signature);
  await switchTo(redis, place, view.signature);
  await fillView(
    view,
    null,
    runs.filter(({ run }) => shardOf(run, 2) === 0),
  );
}

const moments: readonly Moment[] = [1, 2, 3, 4, 5, 6].flatMap((nth) => [
  { nth, side: "before" } as const,
  { nth, side: "after" } as const,
]);

describe("a query while the build is replaced", () => {
  test.each(moments)("begins again: $side its read $nth", async (moment) => {
    const { runs: found } = await queryRuns(during(moment, replaceBuild), { flows: ["orders"] }, page);

    expect(found.map(({ summary }) => summary.run)).toEqual(naive(runs, {}));
  });

  test.each(moments.slice(0, 8))(
    "begins again when it needs one index only: $side its read $nth",
    async (moment) => {
      const { runs: found } = await queryRuns(during(moment, replaceBuild), { tags: ["red"] }, page);

      expect(found.map(({ summary }) => summary.run)).toEqual(naive(runs, {}));
    },
  );

  test.each(moments.slice(0, 8))("counts again: $side its read $nth", async (moment) => {
    expect(await countRuns(during(moment, replaceBuild), { flows: ["orders"] })).toBe(runs.length);
  });
});

describe("a query while runs go to a state that no run was in before", () => {
  const move = async (): Promise<void> => {
    const moved = runs
      .slice(0, 20)
      .map((run) => ({ ...run, state: "PAUSED", stateName: "Blocked" }) as const);
    await fillView(view, filled, moved);
  };

  test.each(moments)("finds all of them: $side its read $nth", async (moment) => {
    const { runs: found } = await queryRuns(during(moment, move), { flows: ["orders"] }, page);

    expect(found.map(({ summary }) => summary.run)).toEqual(naive(runs, {}));
  });

  test.each(moments.slice(0, 8))("counts all of them: $side its read $nth", async (moment) => {
    expect(await countRuns(during(moment, move), { flows: ["orders"] })).toBe(runs.length);
  });
});
