import { Cluster } from "ioredis";
import { type KeyKind, keyKindOf, keyPattern } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** How many keys a namespace has, by what they are for. O(all keys of the server). */
export async function countKeys(
  redis: RedisConnection,
  namespace: string,
): Promise<Readonly<Partial<Record<KeyKind, number>>>> {
  const counts: Partial<Record<KeyKind, number>> = {};
  const nodes = redis instanceof Cluster ? redis.nodes("master") : [redis];
  for (const node of nodes) {
    let cursor = "0";
    do {
      const [next, keys] = await translated(async () =>
        node.scan(cursor, "MATCH", keyPattern(namespace), "COUNT", 1_000),
      );
      for (const key of keys) {
        const kind = keyKindOf(key);
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      cursor = next;
    } while (cursor !== "0");
  }
  return counts;
}
