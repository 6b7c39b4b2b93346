import { type Namespace, seriesKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** How many runs a series had when somebody last noted it; at most as many as there are. 0 = nothing is noted. */
export async function readSeries(
  redis: RedisConnection,
  namespace: Namespace,
  series: string,
): Promise<number> {
  const text = await translated(async () => redis.hget(seriesKey(namespace, series), series));
  return Number(text ?? 0);
}

/** Notes that the series has a run `n`. An older note that comes later costs the next reader a step, and no more. */
export async function noteSeries(
  redis: RedisConnection,
  namespace: Namespace,
  { series, n }: { readonly series: string; readonly n: number },
): Promise<void> {
  await translated(async () => redis.hset(seriesKey(namespace, series), series, n));
}
