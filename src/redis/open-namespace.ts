import { EngineError } from "../base/errors.ts";
import { type Namespace, systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

const name = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * Finds the namespace, or creates it with `shards` shards; their number is fixed from then on.
 * @throws EngineError OPTION_INVALID for an unusable name
 */
export async function openNamespace(
  redis: RedisConnection,
  namespace: string,
  shards: number,
): Promise<Namespace> {
  if (!name.test(namespace)) {
    throw new EngineError(
      "OPTION_INVALID",
      `"${namespace}" cannot name a namespace: 1 to 40 letters, digits, _ or -.`,
    );
  }
  const key = systemKeys(namespace).namespace;
  return translated(async () => {
    await redis.hsetnx(key, "shards", shards);
    return { name: namespace, shards: Number(await redis.hget(key, "shards")) };
  });
}
