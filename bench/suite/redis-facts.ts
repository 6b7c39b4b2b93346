import { setTimeout as pause } from "node:timers/promises";
import type { RedisConnection } from "../../src/redis/script.ts";
import type { StoreBytes } from "./session.ts";

/** What `INFO` says of a server, as text. */
async function infoOf(redis: RedisConnection, section: string): Promise<(field: string) => string> {
  const text = await redis.info(section);
  return (field) => new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(text)?.[1] ?? "";
}

export async function redisPid(redis: RedisConnection): Promise<number> {
  return Number((await infoOf(redis, "server"))("process_id"));
}

export async function redisVersion(redis: RedisConnection): Promise<string> {
  return (await infoOf(redis, "server"))("redis_version");
}

/**
 * Memory that the data takes, and the length of the append-only file. From the first look on it is not rewritten any more:
 * how much it grows between two looks is how much was written. What Redis keeps to itself while an fsync is under way is
 * waited for.
 */
export async function redisBytes(redis: RedisConnection): Promise<StoreBytes> {
  await redis.config("SET", "auto-aof-rewrite-percentage", "0");
  let persistence = await infoOf(redis, "persistence");
  const awaited = ["aof_rewrite_in_progress", "aof_rewrite_scheduled", "aof_buffer_length"];
  while (awaited.some((field) => persistence(field) !== "0")) {
    await pause(20);
    persistence = await infoOf(redis, "persistence");
  }
  const memory = await infoOf(redis, "memory");
  return { data: Number(memory("used_memory")), log: Number(persistence("aof_current_size")) };
}
