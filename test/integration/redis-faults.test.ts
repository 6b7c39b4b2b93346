import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { findProblems, readServerFacts, refuseUnfit } from "../../src/redis/fitness.ts";
import { factsKey, runKey } from "../../src/redis/keys.ts";
import { RedisLog } from "../../src/redis/redis-log.ts";
import {
  createOwned,
  createWaiting,
  newRunId,
  step,
  taskDone,
  tell,
  turn,
  typesOf,
} from "../support/log-suite-events.ts";
import { keysOf, type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { expectPrompt } from "../support/prompt.ts";
import { freePort, type ServerOptions, startServer, type TestServer } from "../support/redis-server.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(options: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  cleanups.push(server.stop);
  return server;
}

async function open(server: TestServer): Promise<OpenRedisLog> {
  const opened = await openRedisLog(server.url);
  cleanups.push(opened.close);
  return opened;
}

describe("a connection that is killed", () => {
  test("in the middle of 200 commits neither loses nor doubles one", async () => {
    const server = await serve();
    const { log, redis, namespace, another } = await open(server);
    const runs = await Promise.all(Array.from({ length: 200 }, async () => createOwned(log)));
    const killer = another();
    await killer.ping();

    const commits = runs.map(async (run, index) => {
      const answer = await step(log, run, { events: [turn(1)] });
      if (index % 40 === 0) await killer.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      return step(log, run, { events: [turn(2)], batch: 3, seen: answer.position });
    });
    const answers = await Promise.all(commits);

    expect(answers.every(({ position }) => position === 3)).toBe(true);
    const lengths = await Promise.all(runs.map(async (run) => redis.xlen(runKey(namespace, run))));
    expect(new Set(lengths)).toEqual(new Set([3]));
  });
});

test("scripts that the server has forgotten are sent again", async () => {
  const { log, redis } = await open(await serve());
  const run = await createOwned(log);
  await redis.script("FLUSH");

  const answers = await Promise.all([1, 2, 3].map(async (n) => tell(log, run, taskDone(`t#${n}`))));

  expect(answers.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(await typesOf(log, run)).toHaveLength(4);
});

describe("a server that is killed", () => {
  test.each(["everysec", "always"])(
    "has every acknowledged commit when it is back (appendfsync %s)",
    async (appendfsync) => {
      const server = await serve({ settings: { appendfsync } });
      const { log } = await open(server);
      const runs = await Promise.all(Array.from({ length: 20 }, async () => createOwned(log)));
      let total = 0;
      let startAgain: () => void = () => undefined;
      const half = new Promise<void>((resolve) => {
        startAgain = resolve;
      });

      const writers = runs.map(async (run, writer) => {
        for (let n = 1; n <= 50; n += 1) {
          const answer = await tell(log, run, taskDone(`t#${n}`, writer), { dedupeKey: `end t#${n}` });
          expect(answer.position).toBe(n + 1);
          total += 1;
          if (total === 500) startAgain();
        }
      });
      await half;
      await server.kill();
      await server.restart();
      await Promise.all(writers);

      for (const run of runs) expect(await typesOf(log, run)).toHaveLength(51);
    },
  );
});

describe("a full server", () => {
  test("refuses writes as REDIS_OUT_OF_MEMORY, writes nothing by halves, and takes them later", async () => {
    const server = await serve();
    const { log, redis, namespace } = await open(server);
    const [run, waiting] = [await createOwned(log), await createWaiting(log)];
    const before = await redis.dbsize();
    await redis.config("SET", "maxmemory", "1mb");
    const outOfMemory = { code: "REDIS_OUT_OF_MEMORY", message: expect.stringContaining("raise maxmemory") };

    await expect(step(log, run, { events: [turn(1)] })).rejects.toMatchObject(outOfMemory);
    await expect(tell(log, run, taskDone("a"), { dedupeKey: "end a" })).rejects.toMatchObject(outOfMemory);
    await expect(createOwned(log)).rejects.toMatchObject(outOfMemory);
    await expect(log.claim(waiting, "w2", { instead: null })).rejects.toMatchObject(outOfMemory);
    const group = await Promise.allSettled([1, 2, 3].map(async () => createOwned(log)));

    expect(group.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await typesOf(log, run)).toEqual(["RunCreated"]);
    expect(await redis.exists(factsKey(namespace, run))).toBe(0);
    expect(await redis.hget(keysOf({ namespace }, waiting).open, waiting)).toBe("0:0:1:");
    expect(await redis.dbsize()).toBe(before);
    await redis.config("SET", "maxmemory", "0");
    expect(await step(log, run, { events: [turn(1)] })).toMatchObject({ status: "ok", position: 2 });
    expect(await tell(log, run, taskDone("a"), { dedupeKey: "end a" })).toMatchObject({
      status: "ok",
      position: 3,
    });
  });
});

describe("a server that must not be used", () => {
  test("is refused as REDIS_READ_ONLY when it is a replica", async () => {
    const primary = await serve({ settings: { "repl-diskless-sync-delay": 0 } });
    const { log, redis, namespace } = await open(primary);
    const run = await createOwned(log);
    const replica = await serve({ settings: { replicaof: `127.0.0.1 ${primary.port}` } });
    expect(await redis.wait(1, 10_000)).toBe(1);
    const copy = openReplica(replica, namespace);

    await expect(step(copy.log, run, { events: [turn(1)] })).rejects.toMatchObject({
      code: "REDIS_READ_ONLY",
    });
    await expect(copy.log.claim(run, "w2", { instead: { worker: "w1", epoch: 1 } })).rejects.toMatchObject({
      code: "REDIS_READ_ONLY",
    });
    const findings = findProblems(await readServerFacts(copy.redis));
    expect(() => refuseUnfit(findings)).toThrow(expect.objectContaining({ code: "REDIS_READ_ONLY" }));
    expect(await typesOf(log, run)).toEqual(["RunCreated"]);
  });

  test("is refused as REDIS_UNFIT when it deletes keys to make room", async () => {
    const server = await serve({ settings: { "maxmemory-policy": "allkeys-lru" } });
    const { redis } = await open(server);

    const findings = findProblems(await readServerFacts(redis));

    expect(findings).toMatchObject([{ severity: "error", problem: expect.stringContaining("allkeys-lru") }]);
    expect(() => refuseUnfit(findings)).toThrow(/noeviction/);
  });

  test("is let pass when it is as it should be, and warned of without an append-only file", async () => {
    const [good, forgetful] = [await serve(), await serve({ settings: { appendonly: "no" } })];

    const facts = await readServerFacts((await open(good)).redis);
    const warned = findProblems(await readServerFacts((await open(forgetful)).redis));

    expect(facts).toMatchObject({ fsync: "everysec", isPersistent: true, isReplica: false });
    expect(findProblems(facts)).toEqual([]);
    expect(warned).toMatchObject([{ severity: "warning", problem: expect.stringContaining("append-only") }]);
    expect(() => refuseUnfit(warned)).not.toThrow();
  });
});

describe("a server that cannot be reached", () => {
  test.each([
    ["a wrong password", "redis://:wrong@"],
    ["no password", "redis://"],
  ])("is told apart when the reason is %s", async (_what, login) => {
    const server = await serve({ password: "right" });

    const attempt = connect(toAddress(`${login}127.0.0.1:${server.port}`), 10_000);

    await expect(attempt).rejects.toMatchObject({
      code: "REDIS_UNAVAILABLE",
      message: expect.stringContaining("password"),
    });
  });

  test.each(["redis:", "redis+cluster:"])("is reported in time when nobody listens (%s)", async (scheme) => {
    const url = `${scheme}//127.0.0.1:${await freePort()}`;
    await expectPrompt({ tookMs: 2_000 }, async () => {
      const startedAt = performance.now();
      await expect(connect(toAddress(url), 300)).rejects.toMatchObject({
        code: "REDIS_UNAVAILABLE",
        message: expect.stringContaining("cannot be reached"),
      });
      return { tookMs: performance.now() - startedAt };
    });
  });

  test("comes back, and a commit that waited for it is recorded", async () => {
    const server = await serve();
    const { log } = await open(server);
    const run = newRunId();
    await createOwned(log, run);
    await server.kill();

    const waiting = step(log, run, { events: [turn(1)] });
    await server.restart();

    expect(await waiting).toMatchObject({ status: "ok", position: 2 });
  });
});

function openReplica(server: TestServer, namespace: OpenRedisLog["namespace"]) {
  const redis = new Redis(server.url);
  cleanups.push(async () => redis.disconnect());
  return { redis, log: new RedisLog(redis, namespace) };
}
