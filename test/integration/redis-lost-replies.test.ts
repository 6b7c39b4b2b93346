import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { Beats, startKey } from "../../src/redis/beats.ts";
import { factsKey, runKey, shardKeys } from "../../src/redis/keys.ts";
import { attemptField, RedisLog } from "../../src/redis/redis-log.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";
import {
  actor,
  completed,
  created,
  createOwned,
  createWaiting,
  first,
  newRunId,
  step,
  taskDone,
  tell,
  timerFired,
  turn,
  typesOf,
} from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";

describe("a reply that is lost on the wire", () => {
  let proxy: CutProxy;
  let direct: OpenRedisLog;
  let proxied: Redis;
  let log: RedisLog; // through the proxy

  beforeAll(async () => {
    proxy = await startCutProxy(Number(new URL(inject("redisUrl")).port));
    direct = await openRedisLog(inject("redisUrl"));
    proxied = new Redis(proxy.url, { maxRetriesPerRequest: null, retryStrategy: () => 1 });
    proxied.on("error", () => undefined);
    log = new RedisLog(proxied, direct.namespace);
  });
  afterAll(async () => {
    proxied.disconnect();
    await direct.close();
    await proxy.close();
  });

  test("lets a creation succeed, once", async () => {
    const run = newRunId();
    const cut = proxy.cut("evalsha", 1);

    const answer = await log.create({
      run,
      actor,
      events: [created()],
      owner: first,
      ends: false,
      dueInMs: null,
    });

    await cut;
    expect(answer).toMatchObject({ status: "again", position: 1 });
    expect(await typesOf(direct.log, run)).toEqual(["RunCreated"]);
  });

  test.each(["keep", "park", "end"] as const)(
    "lets a commit that means to %s succeed, once",
    async (after) => {
      const run = await createOwned(direct.log);
      await tell(direct.log, run, timerFired("a"));
      const cut = proxy.cut("evalsha", 1);

      const answer = await step(log, run, { events: [turn(1), completed()], seen: 2, after });

      await cut;
      expect(answer).toMatchObject({ status: "again", position: 4 });
      expect(await typesOf(direct.log, run)).toEqual([
        "RunCreated",
        "TimerFired",
        "TurnTaken",
        "RunCompleted",
      ]);
    },
  );

  test("does not lose what the owner had not seen", async () => {
    const run = await createOwned(direct.log);
    await tell(direct.log, run, timerFired("a"));
    await tell(direct.log, run, timerFired("b"));
    const cut = proxy.cut("evalsha", 1);

    const answer = await step(log, run, { events: [turn(1)], seen: 1 });

    await cut;
    expect(answer.status).toBe("again");
    expect(answer.events.map(({ position }) => position)).toEqual([2, 3]);
  });

  test("lets a fact with a dedupe key succeed, once", async () => {
    const run = await createOwned(direct.log);
    const cut = proxy.cut("evalsha", 1);

    const answer = await tell(log, run, taskDone("a"), { dedupeKey: "end a" });

    await cut;
    expect(answer).toMatchObject({ status: "again", position: 2 });
    expect(await typesOf(direct.log, run)).toEqual(["RunCreated", "TaskCompleted"]);
  });

  test("lets a claim succeed with the epoch and the history of its first try", async () => {
    const run = await createWaiting(direct.log);
    const cut = proxy.cut("evalsha", 1);

    const claim = await log.claim(run, "w1", { instead: null });

    await cut;
    expect(claim).toMatchObject({ status: "ok", owner: { worker: "w1", epoch: 1 } });
    expect(claim.events).toHaveLength(1);
    expect(await direct.log.claim(run, "w1", { instead: null })).toMatchObject({ status: "owned" });
  });

  test("in the middle of 300 commits loses none and doubles none", async () => {
    const runs = await Promise.all(Array.from({ length: 300 }, async () => createOwned(direct.log)));
    const cut = proxy.cut("evalsha", 2);

    const answers = await Promise.all(runs.map(async (run) => step(log, run, { events: [turn(1)] })));

    await cut;
    expect(answers.every(({ position }) => position === 2)).toBe(true);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(["ok", "again"]));
    const lengths = await Promise.all(
      runs.map(async (run) => direct.redis.xlen(runKey(direct.namespace, run))),
    );
    expect(new Set(lengths)).toEqual(new Set([2]));
  });

  test("lets an attempt be given back, once", async () => {
    const run = await createOwned(direct.log);
    const task = { run, key: "task#1" };
    const { redis, namespace } = direct;
    const shard = shardOf(run, namespace.shards);
    const holder = { worker: "w1", flow: "f", queue: "q", task: "task", position: 2, crashes: 0 };
    await redis.hset(
      shardKeys(namespace, shard).attempts,
      attemptField(run, task.key, 1),
      JSON.stringify(holder),
    );
    await redis.hset(factsKey(namespace, run), startKey(task.key, 1), 3);
    const beats = new Beats(proxied, namespace);
    const cut = proxy.cut("evalsha", 1);

    expect(await beats.release(task, 1, { worker: "w1", details: null })).toBe(true);

    await cut;
    await redis.hset(factsKey(namespace, run), startKey(task.key, 1), 4); // somebody else has begun it
    expect(await beats.release(task, 1, { worker: "w1", details: null })).toBe(false);
  });

  test("would double a commit, if the script did not know its batch", async () => {
    const lua = new URL("../../src/redis/scripts/commit.lua", import.meta.url);
    const check = "if tonumber(batch) == item.batch then";
    const source = readFileSync(lua, "utf8");
    expect(source.split(check)).toHaveLength(2);
    // The script as it would be without the check, under the name that the log has defined on this connection.
    proxied.defineCommand("millrace-commit", { lua: source.replace(check, "if false then") });
    const run = await createOwned(direct.log);
    const cut = proxy.cut("evalsha", 1);

    await step(log, run, { events: [turn(1)] });

    await cut;
    expect(await typesOf(direct.log, run)).toEqual(["RunCreated", "TurnTaken", "TurnTaken"]);
  });
});
