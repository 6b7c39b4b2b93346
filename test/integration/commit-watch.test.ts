import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { RedisLog } from "../../src/redis/redis-log.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { SimRandom } from "../support/sim-random.ts";

let opened: OpenRedisLog;
beforeEach(async () => {
  opened = await openRedisLog(inject("redisUrl"), 2);
});
afterEach(async () => opened.close());

interface Heard {
  readonly durationMs: number;
  readonly conflicts: number;
}

test("whoever watches hears of each call of the script, of fenced commits, and of errors", async () => {
  const heard: Heard[] = [];
  const failed: unknown[] = [];
  const { redis, namespace } = opened;
  const log = new RedisLog(redis, namespace, {
    appended: (durationMs, conflicts) => void heard.push({ durationMs, conflicts }),
    redisFailed: (error) => void failed.push(error),
  });
  const [created = []] = historyOf(new SimRandom(1));
  const run = await writeRun(log, [created]);
  const stale = { run, actor: "worker:w0", owner: { worker: "w0", epoch: 0 }, batch: 9, seen: 0 };

  const { status } = await log.commit({ ...stale, events: created, after: "keep", dueInMs: null });

  expect(status).toBe("fenced");
  expect(heard.map(({ conflicts }) => conflicts)).toEqual([0, 1]);
  expect(heard.every(({ durationMs }) => durationMs > 0)).toBe(true);
  expect(failed).toEqual([]);

  redis.disconnect();
  await expect(log.commit({ ...stale, events: created, after: "keep", dueInMs: null })).rejects.toThrow(
    "Redis",
  );
  expect(failed).toMatchObject([{ code: "REDIS_UNAVAILABLE" }]);
});
