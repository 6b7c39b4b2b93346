import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/**
 * Whether `worker` holds an office (a key that expires): takes it when it is free, and keeps it for another term. Two
 * may believe so for a moment; what officers do must be safe to do twice.
 */
export async function holdOffice(
  redis: RedisConnection,
  { key, worker, termMs }: { readonly key: string; readonly worker: string; readonly termMs: number },
): Promise<boolean> {
  return translated(async () => {
    if ((await redis.set(key, worker, "PX", termMs, "NX")) === "OK") return true;
    if ((await redis.get(key)) !== worker) return false;
    await redis.pexpire(key, termMs);
    return true;
  });
}

/** Gives the office up, so that somebody else takes it at once. */
export async function leaveOffice(redis: RedisConnection, key: string, worker: string): Promise<void> {
  await translated(async () => {
    if ((await redis.get(key)) === worker) await redis.del(key);
  });
}
