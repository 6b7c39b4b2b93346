import { clockKey, type Namespace } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { type RedisConnection, rewriteScripts } from "./script.ts";

/** A key of the same slot as the script's keys holds the time; without it, the server's time is right. */
const virtualTime = `local function logTime()
  local ms = tonumber(redis.call('GET', string.match(KEYS[1], '^[^}]*}') .. ':clock') or nil)
  if not ms then
    return redis.call('TIME')
  end
  return {tostring(math.floor(ms / 1000)), tostring((ms % 1000) * 1000)}
end
`;

/**
 * The scripts of this connection take the time from the namespace's clock: for tests, which own it. What is written,
 * armed and answered then has that time, as if the server's clock were set.
 */
export function useLogClock(redis: RedisConnection): void {
  rewriteScripts(redis, (lua) => virtualTime + lua.replaceAll("redis.call('TIME')", "logTime()"));
}

/** Sets the clock of a namespace; epoch ms. */
export async function setLogClock(redis: RedisConnection, namespace: Namespace, now: number): Promise<void> {
  const shards = Array.from({ length: namespace.shards }, (_, shard) => shard);
  await translated(async () =>
    Promise.all(shards.map(async (shard) => redis.set(clockKey(namespace, shard), now))),
  );
}
