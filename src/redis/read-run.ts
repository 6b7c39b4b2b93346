import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies, strangeEntry } from "./decode-bodies.ts";
import { type Namespace, runKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

export interface RunSlice {
  readonly run: string;
  readonly after: number; // position; 0 = from the start
}

/**
 * The events of a run after a position, all of them in one reply.
 * @throws EngineError EVENT_UNREADABLE for a gap or a damaged entry, EVENT_UNKNOWN
 */
export async function readRun(
  redis: RedisConnection,
  namespace: Namespace,
  { run, after }: RunSlice,
): Promise<RecordedEvent[]> {
  const key = runKey(namespace, run);
  const entries = await translated(async () => redis.xrangeBuffer(key, `${after + 1}`, "+"));
  const bodies = entries.map(([id, fields], index) => {
    const position = after + 1 + index;
    const [, body] = fields;
    if (id.toString() === `${position}-0` && body !== undefined) return body;
    throw strangeEntry(run, position, id.toString());
  });
  return decodeBodies(run, after, bodies);
}

/**
 * One event; null = there is none at that position. Its actor is known only where it begins a commit.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export async function readEvent(
  redis: RedisConnection,
  namespace: Namespace,
  { run, position }: { readonly run: string; readonly position: number },
): Promise<RecordedEvent | null> {
  const key = runKey(namespace, run);
  const [entry] = await translated(async () => redis.xrangeBuffer(key, `${position}-0`, `${position}-0`));
  const body = entry?.[1][1];
  return body === undefined ? null : (decodeBodies(run, position - 1, [body])[0] ?? null);
}
