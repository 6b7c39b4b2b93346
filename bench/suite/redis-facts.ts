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

/** Memory that the data takes, and the length of the append-only file. */
export async function redisBytes(redis: RedisConnection): Promise<StoreBytes> {
  const memory = await infoOf(redis, "memory");
  const persistence = await infoOf(redis, "persistence");
  return { data: Number(memory("used_memory")), log: Number(persistence("aof_current_size")) };
}
