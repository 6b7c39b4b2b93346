import { EngineError } from "../base/errors.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies } from "./decode-bodies.ts";
import { type FeedEntry, toFeedEntry } from "./feed.ts";
import { type Namespace, shardKeys } from "./keys.ts";
import { readRunPart, type SizedEvent } from "./read-run-part.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** Where a reader stands in each feed: before this entry going back, after it going on; null = at the end. */
export type FeedPlaces = readonly (string | null)[];

export interface LogPart {
  readonly events: readonly SizedEvent[]; // newest first
  readonly older: FeedPlaces; // goes on from here, back in time
  readonly newer: FeedPlaces; // the newest entries that were there
  readonly isAtEnd: boolean; // the feeds hold nothing older
  readonly isComplete: boolean; // false = it was looked at as many events as it may
}

interface Reading {
  readonly places: FeedPlaces;
  readonly limit: number; // events wanted
  readonly budget: number; // events to look at, at most, about
  readonly accepts: (event: RecordedEvent) => boolean;
  readonly since: FeedPlaces | null; // nothing at or before these entries; null = as far back as the feeds reach
}

interface Bounds {
  readonly before: string | null; // null = from the end
  readonly since: string | null; // null = to the begin
}

/** One feed, read backwards. */
class FeedBack {
  readonly #redis: RedisConnection;
  readonly #feed: string;
  readonly #since: string | null;
  #place: string | null;
  #queue: FeedEntry[] = [];
  #isAtEnd = false;
  newest: string | null;

  constructor(redis: RedisConnection, feed: string, bounds: Bounds) {
    this.#redis = redis;
    this.#feed = feed;
    this.#place = bounds.before;
    this.#since = bounds.since;
    this.newest = bounds.before;
  }

  get place(): string | null {
    return this.#place;
  }

  async head(): Promise<FeedEntry | null> {
    if (this.#queue.length === 0 && !this.#isAtEnd) await this.#read();
    return this.#queue[0] ?? null;
  }

  take(): void {
    const taken = this.#queue.shift();
    this.newest ??= taken?.id ?? null;
    this.#place = taken?.id ?? this.#place;
  }

  async #read(): Promise<void> {
    const end = this.#place === null ? "+" : `(${this.#place}`;
    const begin = this.#since === null ? "-" : `(${this.#since}`;
    const entries = await translated(async () =>
      this.#redis.xrevrangeBuffer(this.#feed, end, begin, "COUNT", chunk),
    );
    this.#queue = entries.map(([id, fields]) => toFeedEntry(id.toString(), fields));
    this.#isAtEnd = entries.length < chunk;
  }
}

const chunk = 100; // entries of a feed at a time

/** Events of all runs as the feeds of the shards have them, newest first, as far back as those reach. */
export async function readLogBack(
  redis: RedisConnection,
  namespace: Namespace,
  { places, limit, budget, accepts, since }: Reading,
): Promise<LogPart> {
  const feeds = places.map((before, shard) => {
    const bounds = { before, since: since?.[shard] ?? null };
    return new FeedBack(redis, shardKeys(namespace, shard).feed, bounds);
  });
  const events: SizedEvent[] = [];
  let looked = 0;
  for (;;) {
    const feed = await newestOf(feeds);
    const isAtEnd = feed === null;
    if (isAtEnd || events.length >= limit || looked >= budget) {
      const isComplete = isAtEnd || events.length >= limit;
      const newer = feeds.map(({ newest }, shard) => newest ?? since?.[shard] ?? null);
      return { events, older: feeds.map(({ place }) => place), newer, isAtEnd, isComplete };
    }
    const entry = await feed.head();
    feed.take();
    if (entry === null) continue;
    const commit = await readCommit(redis, namespace, entry);
    looked += commit.length;
    events.push(...commit.filter(({ event }) => accepts(event)).toReversed());
  }
}

async function newestOf(feeds: readonly FeedBack[]): Promise<FeedBack | null> {
  let best: { readonly feed: FeedBack; readonly id: string } | null = null;
  for (const feed of feeds) {
    const entry = await feed.head();
    if (entry !== null && (best === null || compareIds(entry.id, best.id) > 0)) best = { feed, id: entry.id };
  }
  return best?.feed ?? null;
}

/** Ids are times of Redis with a number behind: "1764000000000-3". */
function compareIds(one: string, other: string): number {
  const [[ms = 0, n = 0], [otherMs = 0, otherN = 0]] = [
    one.split("-").map(Number),
    other.split("-").map(Number),
  ];
  return ms - otherMs || n - otherN;
}

/** The events of a commit; those that are too large for the feed are in the stream of their run. */
async function readCommit(
  redis: RedisConnection,
  namespace: Namespace,
  { run, first, bodies }: FeedEntry,
): Promise<readonly SizedEvent[]> {
  try {
    if (bodies === null)
      return (await readRunPart(redis, namespace, { run, after: first - 1, limit: 1 })).events;
    const events = decodeBodies(run, first - 1, bodies);
    return events.map((event, index) => ({ event, bytes: bodies[index]?.byteLength ?? 0 }));
  } catch (error) {
    if (error instanceof EngineError && error.code.startsWith("EVENT_")) return []; // it stands aside, and is listed there
    throw error;
  }
}
