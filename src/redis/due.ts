import { z } from "zod";
import { channelPrefix, type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

const Runs = z.array(z.instanceof(Buffer).transform((run) => run.toString()));
const runTakeDue = loadScript("take-due", z.tuple([Runs, Runs, z.int(), z.int()]));

const limit = 200; // runs per call; keeps the script short
const againMs = 5_000;

export interface DueRuns {
  readonly open: readonly string[]; // that nobody owns
  readonly ended: readonly string[]; // whose end somebody else has to hear of
  readonly isWhole: boolean; // false = more of them are due
  readonly nextInMs: number | null; // until the next run is due; null = none is
}

/** Runs of a shard whose time has come; the owners of those that have one are told. */
export async function takeDue(redis: RedisConnection, namespace: Namespace, shard: number): Promise<DueRuns> {
  const { due, open } = shardKeys(namespace, shard);
  const [found, ended, looked, next] = await translated(async () =>
    runTakeDue(redis, [due, open], [limit, againMs, channelPrefix(namespace.name)]),
  );
  return { open: found, ended, isWhole: looked < limit, nextInMs: next < 0 ? null : next };
}

/** When the first run of a shard is due, epoch ms; null = none is. */
export async function firstDueAt(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): Promise<number | null> {
  const { due } = shardKeys(namespace, shard);
  const [, score] = await translated(async () => redis.zrange(due, "0", "0", "WITHSCORES"));
  return score === undefined ? null : Number(score);
}
