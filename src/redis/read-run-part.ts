import { EngineError } from "../base/errors.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies, strangeEntry } from "./decode-bodies.ts";
import { type Namespace, runKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

export interface SizedEvent {
  readonly event: RecordedEvent;
  readonly bytes: number; // of its entry
}

export interface RunPart {
  readonly events: readonly SizedEvent[];
  readonly last: number; // position of the run's last event; 0 = there is no such run
}

export interface RunStretch {
  readonly run: string;
  readonly after: number; // position
  readonly limit: number; // events
  readonly actor?: string | null; // of the event at `after`, for those who know it: it saves looking back
}

const firstLook = 32; // entries; most commits are smaller

/**
 * Some events of a run, from after a position on. Only the first event of a commit names its actor, so what stands before
 * is looked at as far as it takes.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export async function readRunPart(
  redis: RedisConnection,
  namespace: Namespace,
  { run, after, limit, actor = null }: RunStretch,
): Promise<RunPart> {
  const key = runKey(namespace, run);
  const [newest] = await translated(async () => redis.xrevrangeBuffer(key, "+", "-", "COUNT", 1));
  const last = newest === undefined ? 0 : Number.parseInt(newest[0].toString(), 10);
  if (after >= last || limit <= 0) return { events: [], last };
  for (let look = actor === null ? firstLook : 0; ; look *= 8) {
    const from = Math.max(0, after - look);
    const bodies = await readBodies(redis, namespace, { run, from, to: Math.min(last, after + limit) });
    const wanted = decodeBodies(run, from, bodies, actor ?? unknownActor).slice(after - from);
    if (from > 0 && wanted[0]?.actor === unknownActor) continue;
    const sizes = bodies.slice(after - from).map(({ byteLength }) => byteLength);
    return { events: wanted.map((event, index) => ({ event, bytes: sizes[index] ?? 0 })), last };
  }
}

const unknownActor = "unknown"; // as `decodeBodies` says

async function readBodies(
  redis: RedisConnection,
  namespace: Namespace,
  { run, from, to }: { readonly run: string; readonly from: number; readonly to: number },
): Promise<readonly Buffer[]> {
  const key = runKey(namespace, run);
  const entries = await translated(async () => redis.xrangeBuffer(key, `${from + 1}`, `${to}`));
  if (entries.length < to - from)
    throw new EngineError(
      "EVENT_UNREADABLE",
      `Events of run ${run} are missing between ${from + 1} and ${to}.`,
      { run },
    );
  return entries.map(([id, fields], index) => {
    const position = from + 1 + index;
    const [, body] = fields;
    if (id.toString() === `${position}-0` && body !== undefined) return body;
    throw strangeEntry(run, position, id.toString());
  });
}
