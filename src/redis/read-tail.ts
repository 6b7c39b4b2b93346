import { shardOf } from "../base/ids.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies, strangeEntry } from "./decode-bodies.ts";
import { type OpenRecord, readOpenRun } from "./held.ts";
import { type Namespace, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** Events that are looked at for how a run ended: its end comes within its last turn. */
export const tailLength = 4;

/** What happened last in a run, and who has it. */
export interface RunTail {
  readonly events: readonly RecordedEvent[]; // oldest first, at least one; an actor may be "unknown"
  readonly open: OpenRecord | null; // null = it has ended
}

/**
 * All that whoever waits for a run has to look at, in one round trip; null = there is no such run.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export async function readTail(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
): Promise<RunTail | null> {
  const { open: openKey } = shardKeys(namespace, shardOf(run, namespace.shards));
  const [newestFirst, open] = await Promise.all([
    translated(async () => redis.xrevrangeBuffer(runKey(namespace, run), "+", "-", "COUNT", tailLength)),
    readOpenRun(redis, openKey, run),
  ]);
  const entries = newestFirst.toReversed();
  const [oldest] = entries;
  if (oldest === undefined) return null;
  const seen = Number.parseInt(oldest[0].toString(), 10) - 1;
  const bodies = entries.map(([id, fields], index) => {
    const position = seen + 1 + index;
    const [, body] = fields;
    if (id.toString() === `${position}-0` && body !== undefined) return body;
    throw strangeEntry(run, position, id.toString());
  });
  return { events: decodeBodies(run, seen, bodies), open };
}
