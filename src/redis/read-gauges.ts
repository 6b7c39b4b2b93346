import { type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** How much lies in the keys of a namespace that are not documents. */
export interface NamespaceGauges {
  readonly timers: number; // runs that somebody should look after at a known time
  readonly feed: number; // entries of all feeds
}

/** O(shards). */
export async function readNamespaceGauges(
  redis: RedisConnection,
  namespace: Namespace,
): Promise<NamespaceGauges> {
  const shards = await Promise.all(
    Array.from({ length: namespace.shards }, async (_, shard) => {
      const { due, feed } = shardKeys(namespace, shard);
      return translated(async () => Promise.all([redis.zcard(due), redis.xlen(feed)]));
    }),
  );
  return {
    timers: shards.reduce((sum, [timers]) => sum + timers, 0),
    feed: shards.reduce((sum, [, feed]) => sum + feed, 0),
  };
}

/** The memory of all primaries. */
export async function readMemory(
  redis: RedisConnection,
): Promise<{ readonly usedBytes: number; readonly maxBytes: number | null }> {
  const nodes = "nodes" in redis ? redis.nodes("master") : [redis];
  const texts = await translated(async () => Promise.all(nodes.map(async (node) => node.info("memory"))));
  const sum = (field: string): number =>
    texts.reduce(
      (total, text) => total + Number(new RegExp(`^${field}:(\\d+)`, "m").exec(text)?.[1] ?? 0),
      0,
    );
  const max = sum("maxmemory");
  return { usedBytes: sum("used_memory"), maxBytes: max === 0 ? null : max };
}

/** Epoch ms by the clock of Redis. */
export async function readRedisTime(redis: RedisConnection): Promise<number> {
  const [seconds, micros] = await translated(async () => redis.time());
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
