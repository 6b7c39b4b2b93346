import { runKey, shardKeys } from "../../src/redis/keys.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { inFlight, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite, type Site, usedMemoryBytes } from "./site.ts";

export const memory: Workload = {
  name: "memory",
  about: "Redis memory per finished run of 10 tasks with small results, after 2,000 of them",
  figures: [
    { name: "everything", unit: "B/run", target: { atMost: 6 * 1024 } }, // growth of used_memory
    { name: "run stream", unit: "B/run", target: null },
    { name: "runs zset", unit: "B/run", target: null },
    { name: "feed", unit: "B/run", target: null }, // the feed is trimmed: this falls with more runs
    { name: "feed, whole", unit: "KiB", target: null },
  ],
  run,
};

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  const runs = isQuick ? 500 : 2_000;
  try {
    const grownBytes = await whileOpen(async () => {
      await tenSteps(0); // scripts loaded, buffers of the connection made
      const before = await usedMemoryBytes(site.store.redis);
      await inFlight(runs, 100, async (index) => {
        await tenSteps(index);
      });
      return (await usedMemoryBytes(site.store.redis)) - before;
    });
    return { everything: grownBytes / runs, ...(await parts(site, runs)) };
  } finally {
    await site.close();
  }
}

/** What each part holds: how much memory there is again when it is deleted (MEMORY USAGE is 10 % off for streams). */
async function parts({ store }: Site, runs: number): Promise<Sample> {
  const { redis, namespace } = store;
  const { feed, runs: zset } = shardKeys(namespace, 0); // an embedded namespace has one shard
  const ids = await redis.zrange(zset, "0", "-1");
  const feedBytes = await freedBy(redis, [feed]);
  const zsetBytes = await freedBy(redis, [zset]);
  const streams = ids.map((id) => runKey(namespace, id));
  return {
    "run stream": (await freedBy(redis, streams)) / streams.length,
    "runs zset": zsetBytes / runs,
    feed: feedBytes / runs,
    "feed, whole": feedBytes / 1024,
  };
}

async function freedBy(redis: RedisConnection, keys: readonly string[]): Promise<number> {
  const before = await usedMemoryBytes(redis);
  for (const key of keys) await redis.del(key);
  return before - (await usedMemoryBytes(redis));
}
