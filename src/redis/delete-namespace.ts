import { Cluster } from "ioredis";
import { keyPattern } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** Deletes every key of a namespace: for tests, which leave nothing behind. O(all keys of the server). */
export async function deleteNamespace(redis: RedisConnection, namespace: string): Promise<void> {
  const nodes = redis instanceof Cluster ? redis.nodes("master") : [redis];
  for (const node of nodes) {
    let cursor = "0";
    do {
      const [next, keys] = await translated(async () =>
        node.scan(cursor, "MATCH", keyPattern(namespace), "COUNT", 1_000),
      );
      await translated(async () => Promise.all(keys.map(async (key) => redis.unlink(key))));
      cursor = next;
    } while (cursor !== "0");
  }
}
