import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { runMetrics } from "../../src/projections/run-metrics.ts";
import { type RunMetrics } from "../../src/projections/run-metrics-document.ts";
import { DocumentCache } from "../../src/redis/document-cache.ts";
import { toSet } from "../../src/workers/projection-set.ts";
import { catchUp, rebuildProjections } from "../../src/workers/projections.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { SimRandom } from "../support/sim-random.ts";

const set = toSet([runMetrics]);
let opened: OpenRedisLog;
beforeEach(async () => {
  opened = await openRedisLog(inject("redisUrl"), 1);
});
afterEach(async () => opened.close());

const runsIn = (shards: readonly ReadonlyMap<string, RunMetrics>[]): number =>
  shards
    .flatMap((documents) => [...documents.values()])
    .reduce((sum, { events }) => sum + (events.get("RunCreated") ?? 0), 0);

test("documents are read once, and again when something was stored or the build is another one", async () => {
  const { redis, namespace, log } = opened;
  const cache = new DocumentCache({ redis, namespace, signature: set.signature }, runMetrics);
  const write = async (seed: number) => writeRun(log, historyOf(new SimRandom(seed)));

  const before = await cache.read();
  await write(1);
  await catchUp(opened, set);
  const [first] = await cache.read();
  const [same] = await cache.read();
  await write(2);
  await catchUp(opened, set);
  const after = await cache.read();
  await rebuildProjections(opened, { onProgress: () => undefined, set });
  const rebuilt = await cache.read();

  expect(runsIn(before)).toBe(0);
  expect(runsIn([first ?? new Map()])).toBe(1);
  expect(same).toBe(first);
  expect(runsIn(after)).toBe(2);
  expect(rebuilt).toEqual(after);
  expect(rebuilt[0]).not.toBe(after[0]);
});
