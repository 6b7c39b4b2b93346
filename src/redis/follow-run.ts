import type { RecordedEvent } from "../events/envelope.ts";
import { openConnection, type RedisAddress } from "./connect.ts";
import { type Namespace, runKey } from "./keys.ts";
import { type RunSlice, readRun } from "./read-run.ts";
import { translated } from "./redis-error.ts";

export interface FollowOptions {
  readonly signal: AbortSignal; // ends the sequence
  readonly pauseMs: number; // an empty list is given when nothing happened for so long
}

/**
 * The events of a run, first those that are recorded, then each commit as it comes; never ends by itself. Blocks a
 * connection of its own. A run that does not exist is one to which nothing happens.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export async function* followRun(
  address: RedisAddress,
  namespace: Namespace,
  { run, after }: RunSlice,
  { signal, pauseMs }: FollowOptions,
): AsyncGenerator<readonly RecordedEvent[], void, void> {
  const redis = openConnection(address);
  const close = (): void => redis.disconnect();
  signal.addEventListener("abort", close);
  const key = runKey(namespace, run);
  try {
    let seen = after;
    while (!signal.aborted) {
      const from = `${seen}-0`;
      const news = await translated(async () => redis.xreadBuffer("BLOCK", pauseMs, "STREAMS", key, from));
      const events = news === null ? [] : await readRun(redis, namespace, { run, after: seen });
      seen = events.at(-1)?.position ?? seen;
      yield events;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
