import { isEngineError } from "../../base/errors.ts";
import type { RecordedEvent } from "../../events/envelope.ts";
import { decodeBodies } from "../../redis/decode-bodies.ts";
import type { FeedEntry } from "../../redis/feed.ts";
import { readRunPart, type SizedEvent } from "../../redis/read-run-part.ts";
import { readBuilds } from "../../redis/view-builds.ts";
import { readMark } from "../../redis/view-store.ts";
import type { Client } from "../../workers/client.ts";
import { viewOf } from "../../workers/run-list.ts";
import { seeThese } from "../../workers/see-these.ts";
import { toWire } from "../contract/wire-event.ts";
import { toRunRow } from "../runs/run-row.ts";
import { smallValues } from "../runs/values.ts";
import type { FeedPlace } from "./feed-places.ts";
import { toPiece } from "./frame.ts";
import type { LiveReads } from "./live-reads.ts";
import { readFeedPart, readHeads } from "./news-reader.ts";
import type { FoundRow } from "./row-source.ts";
import type { PlacedPiece } from "./subscription.ts";

/** Reads from the streams of runs, and from the feeds. */
export function redisReads({ store }: Pick<Client, "store">): LiveReads {
  const { redis, namespace } = store;
  const actors = new LastActors();
  return {
    events: async (run, after, limit) => {
      const actor = actors.find(run, after);
      const { events, last } = await readRunPart(redis, namespace, { run, after, limit, actor });
      actors.note(run, events.at(-1)?.event);
      return { events: events.map(toEventPiece), last };
    },
    log: async (shard, after) => {
      const { entries, ...reading } = await readFeedPart(store, shard, after);
      if (reading.isGap) return { ...reading, events: [] };
      const commits = await Promise.all(entries.map(async (entry) => readCommit(store, entry)));
      return { ...reading, events: commits.flat().map(toEventPiece) };
    },
    heads: async () => readHeads(store),
  };
}

const mostActors = 1_000;

/** Who caused the last event that was read of a run: only the first event of a commit names its actor. */
class LastActors {
  readonly #known = new Map<string, { readonly position: number; readonly actor: string }>();

  find(run: string, position: number): string | null {
    const known = this.#known.get(run);
    return known?.position === position ? known.actor : null;
  }

  note(run: string, event: RecordedEvent | undefined): void {
    if (event === undefined) return;
    this.#known.delete(run); // the newest stands last
    this.#known.set(run, { position: event.position, actor: event.actor });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostActors && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The events of a commit; those that are too large for the feed are in the stream of their run. */
async function readCommit(
  { redis, namespace }: Client["store"],
  { run, first, count, bodies }: FeedEntry,
): Promise<readonly SizedEvent[]> {
  try {
    if (bodies === null)
      return (await readRunPart(redis, namespace, { run, after: first - 1, limit: count })).events;
    const events = decodeBodies(run, first - 1, bodies);
    return events.map((event, index) => ({ event, bytes: bodies[index]?.byteLength ?? 0 }));
  } catch (error) {
    // Who cannot read an event hears nothing of it; the run stands aside, and is listed there.
    if (isEngineError(error, "EVENT_UNREADABLE") || isEngineError(error, "EVENT_UNKNOWN")) return [];
    throw error;
  }
}

function toEventPiece({ event, bytes }: SizedEvent): PlacedPiece {
  return { ...toPiece(toWire(event, smallValues(event), bytes)), position: event.position };
}

/** The lines of runs in lists, as of now; none before the first documents are complete. */
export async function readRows(client: Client, runs: readonly string[]): Promise<readonly FoundRow[]> {
  const found = await seeThese(client, runs).catch((error: unknown) => {
    if (isEngineError(error, "COMMAND_REFUSED")) return [];
    throw error;
  });
  return found.map((seen) => {
    const { run, position } = seen.summary;
    return { ...toPiece(toRunRow(seen)), run, position, isAside: seen.aside !== null };
  });
}

/** How far the documents of a shard go; null = there are none yet. */
export async function readFolded(client: Client, shard: number): Promise<FeedPlace | null> {
  const view = viewOf(client);
  const { live } = await readBuilds(view.redis, view.namespace, shard, view.signature);
  if (live === null) return null;
  const { feed, count } = await readMark(view.redis, { namespace: view.namespace, shard, build: live });
  return { id: feed, count };
}
