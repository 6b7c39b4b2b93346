import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { firstDueAt, takeDue } from "../../src/redis/due.ts";
import type { Namespace } from "../../src/redis/keys.ts";
import { setLogClock, useLogClock } from "../../src/redis/log-clock.ts";
import { countCommands } from "../../src/redis/open-commands.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { RedisLog } from "../../src/redis/redis-log.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { created } from "../support/log-suite-events.ts";

let redis: RedisConnection;
let namespace: Namespace;
beforeAll(async () => {
  ({ redis } = await connect(toAddress(inject("redisUrl"))));
  useLogClock(redis);
  namespace = await openNamespace(redis, `clock-${randomUUID().slice(0, 8)}`, 4);
});
afterAll(() => redis.disconnect());

const create = (run: string) =>
  ({ run, actor: "client:x", events: [created()], owner: null, ends: false, dueInMs: 60_000 }) as const;

test("a log with a clock of its own records, arms and answers by it", async () => {
  const log = new RedisLog(redis, namespace);
  await setLogClock(redis, namespace, 1_000_123);

  const answer = await log.create(create("r1"));

  expect(answer).toMatchObject({ status: "ok", now: 1_000_123 });
  const [event] = await log.readAfter("r1", 0);
  expect(event?.recordedAt).toBe(1_000_123);
  const dues = await Promise.all([0, 1, 2, 3].map(async (shard) => firstDueAt(redis, namespace, shard)));
  expect(dues.filter((at) => at !== null)).toEqual([1_060_123]);
  const shard = dues.indexOf(1_060_123);
  expect(await takeDue(redis, namespace, shard)).toMatchObject({ open: [], ended: [] });
  await setLogClock(redis, namespace, 1_060_123);
  expect(await takeDue(redis, namespace, shard)).toMatchObject({ open: ["r1"], ended: [] });
  expect(await log.claim("r1", "w1", { instead: null })).toMatchObject({ status: "ok", now: 1_060_123 });
});

test("a namespace whose clock nobody has set goes by the server's, also on that connection", async () => {
  const other = await openNamespace(redis, `clock-${randomUUID().slice(0, 8)}`, 1);
  const from = Date.now();

  const { now } = await new RedisLog(redis, other).create(create("r2"));

  expect(Math.abs(now - from)).toBeLessThan(60_000);
});

test("every script takes the time in the one way that a test can set", () => {
  const folder = new URL("../../src/redis/scripts/", import.meta.url);
  const calls = readdirSync(folder).flatMap(
    (file) => readFileSync(new URL(file, folder), "utf8").match(/.*\bTIME\b.*/g) ?? [],
  );

  expect(calls.length).toBeGreaterThan(3);
  expect(calls.filter((line) => !line.includes("redis.call('TIME')"))).toEqual([]);
});

test("what was sent over a connection is counted until it is answered", async () => {
  const { redis: other } = await connect(toAddress(inject("redisUrl")));
  const commands = countCommands(other);
  const asked = [other.ping(), other.get("x"), other.xread("NOT" as "COUNT", 1, "STREAMS", "a", "0")];
  expect(commands).toEqual({ open: 3, sent: 3 });

  await Promise.allSettled(asked);

  expect(commands).toEqual({ open: 0, sent: 3 });
  other.disconnect();
});
