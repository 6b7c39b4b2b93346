import { type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** The runs of a shard and when they were created, page by page; some may come twice. */
export async function* scanRuns(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): AsyncGenerator<readonly (readonly [run: string, createdAt: string])[], void, void> {
  const key = shardKeys(namespace, shard).runs;
  let cursor = "0";
  do {
    const [next, page] = await translated(async () => redis.zscan(key, cursor, "COUNT", 200));
    const runs: [string, string][] = [];
    for (let index = 0; index + 1 < page.length; index += 2)
      runs.push([page[index] ?? "", page[index + 1] ?? "0"]);
    if (runs.length > 0) yield runs;
    cursor = next;
  } while (cursor !== "0");
}
