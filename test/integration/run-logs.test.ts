import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, expect, inject, test } from "vitest";
import { unpackLine } from "../../src/observe/kept-line.ts";
import { connect, openConnection } from "../../src/redis/connect.ts";
import { logKey } from "../../src/redis/keys.ts";
import { appendLines, countDropped, logStart, newsOf, readLines } from "../../src/redis/run-logs.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { newId } from "../../src/workers/ids.ts";
import { LineBuffer, type LineLimits } from "../../src/workers/line-buffer.ts";
import { startCluster } from "../support/redis-cluster.ts";
import { startServer, type TestServer } from "../support/redis-server.ts";
import { waitUntil } from "../support/wait-until.ts";

const open: { disconnect(): void }[] = [];
const servers: TestServer[] = [];
afterEach(async () => {
  for (const connection of open.splice(0)) connection.disconnect();
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

const namespace = { name: `logs-${randomUUID().slice(0, 8)}`, shards: 4 };

function connectTo(url: string) {
  const redis = openConnection({ kind: "url", url });
  open.push(redis);
  return redis;
}

function bufferOn(redis: ReturnType<typeof connectTo>, limits: Partial<LineLimits> = {}) {
  return new LineBuffer({
    worker: "w1",
    clock: systemClock,
    append: async (batches) => {
      await Promise.all(batches.map(async (batch) => appendLines(redis, namespace, batch)));
    },
    onTrouble: () => undefined,
    limits,
  });
}

const say = (buffer: LineBuffer, run: string, message: string): void =>
  buffer.add(run, {
    time: Date.now(),
    level: "info",
    task: null,
    attempt: 0,
    after: null,
    message,
    fields: {},
  });

async function messages(redis: ReturnType<typeof connectTo>, run: string): Promise<string[]> {
  const { lines } = await readLines(redis, namespace, { run, cursor: logStart, count: 100_000 });
  return lines.map(({ message }) => message);
}

test("lines arrive in order, and pages of them go on where the last one ended", async () => {
  const redis = connectTo(inject("redisUrl"));
  const run = newId();
  const buffer = bufferOn(redis);
  const wanted = Array.from({ length: 2_500 }, (_, n) => `line ${n}`);

  for (const message of wanted) say(buffer, run, message);
  expect(await buffer.close(5_000)).toBe(0);

  const found: string[] = [];
  let cursor = logStart;
  for (let isLast = false; !isLast; ) {
    const page = await readLines(redis, namespace, { run, cursor, count: 700 });
    found.push(...page.lines.map(({ message }) => message));
    ({ next: cursor, isLast } = page);
  }
  expect(found).toEqual(wanted);
  expect(await countDropped(redis, namespace, run)).toBe(0);
});

test("lines that were sent twice, and what is no line, are not read", async () => {
  const redis = connectTo(inject("redisUrl"));
  const run = newId();
  const buffer = bufferOn(redis);
  for (const message of ["a", "b"]) say(buffer, run, message);
  await buffer.close(5_000);
  const key = logKey(namespace, run);
  const texts = (await redis.xrange(key, "-", "+")).map(([, [, text = ""]]) => text);
  await redis.xadd(key, "*", "l", "not a line");
  for (const text of texts) await redis.xadd(key, "*", "l", text); // as the driver does after a lost reply

  expect(texts.map((text) => unpackLine(text)?.message)).toEqual(["a", "b"]);
  expect(await messages(redis, run)).toEqual(["a", "b"]);
  expect(await redis.xlen(key)).toBe(5);
});

test("Redis away for a while costs the oldest lines only, and the log says how many", async () => {
  const server = await startServer();
  servers.push(server);
  const redis = connectTo(server.url);
  const run = newId();
  const buffer = bufferOn(redis, { flushLines: 1, lines: 10 });
  say(buffer, run, "before");
  await waitUntil(async () => expect(await messages(redis, run)).toEqual(["before"]), { timeoutMs: 10_000 });

  await server.kill();
  say(buffer, run, "under way");
  for (let n = 1; n <= 50; n += 1) say(buffer, run, `away ${n}`);
  await server.restart();
  await waitUntil(async () => expect(await messages(redis, run)).toHaveLength(13), { timeoutMs: 20_000 });

  expect(await messages(redis, run)).toEqual([
    "before",
    "under way",
    "40 log lines were lost: Redis did not take them in time",
    ...Array.from({ length: 10 }, (_, n) => `away ${41 + n}`),
  ]);
  say(buffer, run, "after");
  expect(await buffer.close(5_000)).toBe(0);
  expect((await messages(redis, run)).at(-1)).toBe("after");
});

test("a full Redis refuses lines; they come when there is room", async () => {
  const server = await startServer();
  servers.push(server);
  const redis = connectTo(server.url);
  const admin = new Redis(server.url);
  open.push(admin);
  const run = newId();
  const buffer = bufferOn(redis, { flushLines: 1, againMs: 20 });

  await admin.config("SET", "maxmemory", "1mb");
  say(buffer, run, "patient");
  await waitUntil(
    async () => {
      expect(await admin.info("errorstats")).toMatch(/errorstat_OOM:count=([2-9]|\d\d)/);
    },
    { timeoutMs: 10_000 },
  );
  await admin.config("SET", "maxmemory", "0");

  await waitUntil(async () => expect(await messages(redis, run)).toEqual(["patient"]), { timeoutMs: 10_000 });
});

test("in a Redis Cluster lines of many runs are written together, and news of each arrive", async () => {
  const cluster = await startCluster(3);
  try {
    const { redis, address } = await connect({ kind: "url", url: cluster.url });
    open.push(redis);
    const runs = Array.from({ length: 20 }, newId);
    const buffer = bufferOn(redis);

    for (const run of runs) for (const message of ["a", "b"]) say(buffer, run, message);
    expect(await buffer.close(5_000)).toBe(0);

    for (const run of runs) expect(await messages(redis, run)).toEqual(["a", "b"]);
    const [run = ""] = runs;
    const watching = new AbortController();
    const heard: boolean[] = [];
    const watched = { run, at: () => ({ position: 0, id: "0" }) };
    const options = { signal: watching.signal, pauseMs: 10_000 };
    for await (const isNews of newsOf(address, namespace, watched, options)) {
      heard.push(isNews);
      watching.abort();
    }
    expect(heard).toEqual([true]);
  } finally {
    for (const connection of open.splice(0)) connection.disconnect();
    await cluster.stop();
  }
});
