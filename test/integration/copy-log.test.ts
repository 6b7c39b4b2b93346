import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { encodeValue } from "../../src/events/codec.ts";
import { TaskCompleted } from "../../src/events/task-events.ts";
import { runKey, shardKeys } from "../../src/redis/keys.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { RedisPayloadStore } from "../../src/redis/payload-store.ts";
import { readRun } from "../../src/redis/read-run.ts";
import { copyLog } from "../../src/workers/copy-log.ts";
import { createOwned, first } from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { SimRandom } from "../support/sim-random.ts";

let opened: OpenRedisLog;
beforeEach(async () => {
  opened = await openRedisLog(inject("redisUrl"), 2);
});
afterEach(async () => opened.close());

const quiet = (into: string): Parameters<typeof copyLog>[1] => ({ into, onProgress: () => undefined });

async function writeRuns(seed: number, amount: number): Promise<readonly string[]> {
  const random = new SimRandom(seed);
  return Promise.all(Array.from({ length: amount }, async () => writeRun(opened.log, historyOf(random))));
}

test("the copy has every event of every run, with its time, and nothing in it runs", async () => {
  const runs = await writeRuns(1, 30);
  const into = `copy-${randomUUID().slice(0, 8)}`;

  const copy = await copyLog(opened, quiet(into));

  const { redis, namespace } = opened;
  const to = await openNamespace(redis, into, 2);
  expect(copy).toMatchObject({ runs: 30, difference: null });
  for (const run of runs)
    expect(await readRun(redis, to, { run, after: 0 })).toEqual(
      await readRun(redis, namespace, { run, after: 0 }),
    );
  const lengths = await Promise.all(runs.map(async (run) => redis.xlen(runKey(to, run))));
  expect(copy.events).toBe(lengths.reduce((sum, length) => sum + length, 0));
  expect(await redis.exists(shardKeys(to, 0).open, shardKeys(to, 0).due, shardKeys(to, 0).feed)).toBe(0);
});

test("a copy goes on where it was broken off, takes what is new, and has the same digest elsewhere", async () => {
  const runs = await writeRuns(2, 10);
  const [one, other] = [`a-${randomUUID().slice(0, 8)}`, `b-${randomUUID().slice(0, 8)}`];
  const { redis, namespace } = opened;
  const to = await openNamespace(redis, one, 2);
  for (const run of runs.slice(0, 5)) {
    const entries = await redis.xrangeBuffer(runKey(namespace, run), "-", "+", "COUNT", 2); // killed here
    for (const [id, fields] of entries) await redis.xadd(runKey(to, run), id, ...fields);
  }

  const copied = await copyLog(opened, quiet(one));
  expect(copied).toMatchObject({ runs: 10, difference: null });
  await writeRuns(3, 5);
  const again = await copyLog(opened, quiet(one));

  expect(again).toMatchObject({ runs: 15, difference: null });
  expect(again.digest).not.toBe(copied.digest);
  expect((await copyLog(opened, quiet(other))).digest).toBe(again.digest);
});

test("values that lie beside the stream come along", async () => {
  const { redis, namespace, log } = opened;
  const run = await createOwned(log);
  const payloads = new RedisPayloadStore(redis, namespace);
  const bytes = encodeValue("x".repeat(100_000));
  const output = await payloads.put(run, bytes, "a result");
  const events = [TaskCompleted.make({ key: "a#1", attempt: 1, output })];
  await log.commit({
    run,
    actor: "worker:w1",
    owner: first,
    batch: 2,
    seen: 1,
    events,
    after: "keep",
    dueInMs: null,
  });
  const into = `copy-${randomUUID().slice(0, 8)}`;

  expect(await copyLog(opened, quiet(into))).toMatchObject({ payloads: 1 });

  const copied = new RedisPayloadStore(redis, await openNamespace(redis, into, 2));
  expect(await copied.get(run, [output])).toEqual([Buffer.from(bytes)]);
});

test("a namespace with another history under the same id is left alone", async () => {
  const [run = ""] = await writeRuns(4, 1);
  const into = `copy-${randomUUID().slice(0, 8)}`;
  const to = await openNamespace(opened.redis, into, 2);
  await opened.redis.xadd(runKey(to, run), "1-0", "e", "something else");

  await expect(copyLog(opened, quiet(into))).rejects.toMatchObject({
    code: "COMMAND_REFUSED",
    details: { run },
  });
  await expect(copyLog(opened, quiet(opened.namespace.name))).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
});
