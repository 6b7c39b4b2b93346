import { z } from "zod";
import { channelPrefix, type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

const runTakeDue = loadScript("take-due", z.array(z.instanceof(Buffer).transform((run) => run.toString())));

const limit = 200; // runs per call; keeps the script short
const againMs = 5_000;

/** Runs of a shard that nobody owns and whose time has come; owners of others are told. */
export async function takeDue(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): Promise<readonly string[]> {
  const { due, open } = shardKeys(namespace, shard);
  return translated(async () =>
    runTakeDue(redis, [due, open], [limit, againMs, channelPrefix(namespace.name)]),
  );
}
