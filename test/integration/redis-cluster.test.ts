import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { runKey } from "../../src/redis/keys.ts";
import { rebuildProjections, whenProcessed } from "../../src/workers/projections.ts";
import { Projector } from "../../src/workers/projector.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import { describeRunLog } from "../support/log-suite.ts";
import { createOwned, step, turn, typesOf } from "../support/log-suite-events.ts";
import { describeRedisKeys } from "../support/log-suite-keys.ts";
import { keysOf, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { startCluster, type TestCluster } from "../support/redis-cluster.ts";
import { SimRandom } from "../support/sim-random.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster(3);
});
afterAll(async () => cluster.stop());

const open = async () => openRedisLog(cluster.url, 16);

describeRunLog("a Redis Cluster", open);
describeRedisKeys("a Redis Cluster", open);

describe("a Redis Cluster", () => {
  test("is found out from the URL of any node, and from a redis+cluster URL", async () => {
    const urls = [...cluster.nodes.map(({ url }) => url), cluster.url.replace("redis:", "redis+cluster:")];

    const found = await Promise.all(urls.map(async (url) => connect(toAddress(url))));

    for (const { redis, address } of found) {
      expect(redis).toBeInstanceOf(Cluster);
      expect(address.kind).toBe("cluster");
      redis.disconnect();
    }
    const single = await connect(toAddress(inject("redisUrl")));
    expect(single.redis).not.toBeInstanceOf(Cluster);
    single.redis.disconnect();
  });

  test("holds the runs of a namespace on more than one node", async () => {
    const opened = await open();
    const runs = await Promise.all(Array.from({ length: 64 }, async () => createOwned(opened.log)));

    const answers = await Promise.all(runs.map(async (run) => step(opened.log, run, { events: [turn(1)] })));

    expect(answers.every(({ status }) => status === "ok")).toBe(true);
    const sizes = await Promise.all(
      (opened.redis as Cluster).nodes("master").map(async (node) => node.dbsize()),
    );
    expect(sizes.filter((size) => size > 0)).toHaveLength(3);
    await opened.close();
  });
});

describe("projections in a Redis Cluster", () => {
  test("fold every shard, follow what comes, and can be rebuilt", async () => {
    const opened = await open();
    const random = new SimRandom(1);
    const write = async (): Promise<string> => writeRun(opened.log, historyOf(random));
    await Promise.all(Array.from({ length: 40 }, write));
    const { redis, address, namespace } = opened;
    const projector = new Projector({ redis, address, namespace, worker: "p1", onTrouble: () => undefined });
    projector.start();

    const runs = await Promise.all(Array.from({ length: 40 }, write));
    for (const run of runs) {
      const position = await redis.xlen(runKey(namespace, run));
      expect(await whenProcessed(opened, { run, position, timeoutMs: 10_000 })).toBe(true);
    }

    expect(await verifyProjections(opened, { onProgress: () => undefined })).toBeNull();
    await rebuildProjections(opened, { onProgress: () => undefined });
    expect(await verifyProjections(opened, { onProgress: () => undefined })).toBeNull();
    await projector.stop();
    await opened.close();
  });
});

describe("a slot that moves to another node", () => {
  test("holds commits up until it has moved, and loses none", async () => {
    const opened = await open();
    const run = await createOwned(opened.log);
    const slot = await opened.redis.cluster("KEYSLOT", keysOf(opened, run).open);
    const home = Math.floor((slot * 3) / 16_384);
    const [from, to, third] = [0, 1, 2].map((step) => new Redis(cluster.nodes[(home + step) % 3]!.url));
    const target = await to!.cluster("MYID");
    await to!.cluster("SETSLOT", slot, "IMPORTING", await from!.cluster("MYID"));
    await from!.cluster("SETSLOT", slot, "MIGRATING", target);
    const keys = await from!.cluster("GETKEYSINSLOT", slot, 1_000);
    const { port } = cluster.nodes[(home + 1) % 3]!;
    await from!.call("MIGRATE", "127.0.0.1", port, "", 0, 5_000, "KEYS", keys[0]!);

    const between = step(opened.log, run, { events: [turn(1)] });
    await from!.call("MIGRATE", "127.0.0.1", port, "", 0, 5_000, "KEYS", ...keys.slice(1));
    for (const node of [to!, from!, third!]) await node.cluster("SETSLOT", slot, "NODE", target);

    expect(await between).toMatchObject({ position: 2 });
    expect(await step(opened.log, run, { events: [turn(2)], batch: 3, seen: 2 })).toMatchObject({
      position: 3,
    });
    expect(await typesOf(opened.log, run)).toEqual(["RunCreated", "TurnTaken", "TurnTaken"]);
    for (const node of [from!, to!, third!]) node.disconnect();
    await opened.close();
  });
});

describe("a Redis Cluster with a password", () => {
  test("takes the password of the URL for all of its nodes", async () => {
    const locked = await startCluster(3, { password: "s3cr:t/@" });

    const opened = await openRedisLog(locked.url, 16);
    const runs = await Promise.all(Array.from({ length: 32 }, async () => createOwned(opened.log)));

    expect(runs).toHaveLength(32);
    await opened.close();
    await locked.stop();
  });
});
