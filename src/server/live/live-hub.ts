import type { FeedEntry } from "../../redis/feed.ts";
import type { Clock } from "../../workers/clock.ts";
import { CapacitySource } from "./capacity-source.ts";
import { type Cursor, type CursorHome, writeCursor } from "./cursor.ts";
import type { FeedPlace, FeedPlaces } from "./feed-places.ts";
import { LiveClient, type Outlet } from "./live-client.ts";
import { type LiveReads, SharedReads } from "./live-reads.ts";
import { type FeedReading, type FoundRow, RowSource } from "./row-source.ts";
import { type Bounds, Subscription, usualBounds } from "./subscription.ts";
import type { Topics } from "./topics.ts";

/** The one reader of the feeds of this process. */
export interface News {
  start(): Promise<FeedPlaces>;
  readonly places: FeedPlaces;
  stop(): Promise<void>;
}

export interface NewsEars {
  readonly onNews: (shard: number, entries: readonly FeedEntry[]) => void;
  readonly onGap: (shard: number, place: FeedPlace) => void;
}

export interface LiveHubPorts {
  readonly home: CursorHome;
  readonly openNews: (ears: NewsEars) => News;
  readonly reads: LiveReads;
  readonly rows: (runs: readonly string[]) => Promise<readonly FoundRow[]>;
  readonly feed: (shard: number, after: FeedPlace) => Promise<FeedReading>;
  readonly folded: (shard: number) => Promise<FeedPlace | null>;
  readonly capacity: () => Promise<unknown>;
  readonly clock: Clock;
  readonly bounds?: Bounds;
  readonly patienceMs?: number; // see `LiveClient`
  readonly onTrouble: (error: unknown) => void;
}

/** Where a client begins. */
export interface Begin {
  readonly topics: Topics;
  readonly cursor: Cursor | null; // null = runs from the named positions, the rest from now on
  readonly isDamaged: boolean; // it brought a cursor that says nothing here
}

const againMs = 500; // after trouble

/**
 * Everybody who listens to this process. Reads the feeds while there is somebody, looks where they hint at, once for all,
 * and lets all frames go out at the same beat, so that clients who are equally far share each reading.
 */
export class LiveHub {
  readonly #ports: LiveHubPorts;
  readonly #reads: SharedReads;
  readonly #rows: RowSource;
  readonly #capacity: CapacitySource;
  readonly #clients = new Map<LiveClient, Topics>();
  #news: { readonly reader: News; readonly ready: Promise<unknown> } | null = null; // null = nobody listens
  #joining = 0;
  #forget: (() => void) | null = null;
  #wakeAt = Number.POSITIVE_INFINITY;
  #beatAt = 0; // the next beat is not before

  constructor(ports: LiveHubPorts) {
    const { rows, feed, folded, clock, onTrouble, capacity } = ports;
    this.#ports = ports;
    this.#reads = new SharedReads(ports.reads);
    this.#rows = new RowSource({ rows, feed, folded, clock, onTrouble, onPassed: () => this.wake() });
    this.#capacity = new CapacitySource({ read: capacity, clock, onTrouble }, () => this.wake());
  }

  get size(): number {
    return this.#clients.size;
  }

  async join(begin: Begin, outlet: Outlet): Promise<LiveClient> {
    this.#joining += 1;
    try {
      return await this.#admit(begin, outlet, await this.#listen());
    } finally {
      this.#joining -= 1;
      this.#restIfAlone();
    }
  }

  async #admit({ topics, cursor, isDamaged }: Begin, outlet: Outlet, reader: News): Promise<LiveClient> {
    const { clock, home, bounds = usualBounds, patienceMs = 5_000 } = this.#ports;
    if (topics.rows) await this.#rows.open();
    const begin = toCursor(topics, cursor, { rows: this.#rows.places, log: reader.places });
    const subscription = new Subscription(begin, (to) => writeCursor(home, to), bounds);
    if (isDamaged) subscription.skip({});
    const client = new LiveClient({
      subscription,
      runs: [...topics.runs.keys()],
      shards: topics.log ? [...reader.places.keys()] : [],
      reads: this.#reads,
      rowPlaces: () => this.#rows.places,
      outlet,
      now: () => clock.now(),
      patienceMs,
    });
    this.#clients.set(client, topics);
    if (topics.rows) await this.#joinRows(client, cursor?.rows ?? null);
    if (topics.capacity) this.#capacity.listen(client);
    this.wake();
    return client;
  }

  leave(client: LiveClient): void {
    this.#clients.delete(client);
    if (this.#rows.leave(client)) this.#rows.close();
    this.#capacity.leave(client);
    this.#restIfAlone();
  }

  /** A client takes frames again, or there is something for one. */
  wake(): void {
    this.#wakeBy(this.#ports.clock.now());
  }

  /** Hints may be lost: every run and feed is looked at again. */
  lookAtAll(): void {
    this.#reads.renew();
    for (const client of this.#clients.keys()) client.lookAtAll();
    this.wake();
  }

  async stop(): Promise<void> {
    this.#clients.clear();
    await this.#rest();
  }

  async #listen(): Promise<News> {
    if (this.#news === null) {
      this.#reads.renew(); // while nobody listened, nobody heard of news
      const reader = this.#ports.openNews({
        onNews: (shard, entries) => this.#hear(shard, entries),
        onGap: (shard, place) => this.#lose(shard, place),
      });
      const ready = reader.start().then((places) => this.#rows.begin(places));
      this.#news = { reader, ready };
    }
    const { reader, ready } = this.#news;
    try {
      await ready;
    } catch (error) {
      if (this.#news.reader === reader) this.#news = null;
      throw error;
    }
    return reader;
  }

  #restIfAlone(): void {
    if (this.#clients.size === 0 && this.#joining === 0) void this.#rest().catch(this.#ports.onTrouble);
  }

  async #rest(): Promise<void> {
    const news = this.#news;
    this.#news = null;
    this.#forget?.();
    this.#forget = null;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#rows.stop();
    this.#capacity.stop();
    await news?.reader.stop();
  }

  async #joinRows(client: LiveClient, from: FeedPlaces | null): Promise<void> {
    this.#rows.listen(client);
    if (from === null) return;
    const { places } = this.#rows;
    client.holdRows();
    const missed = await this.#rows.since(from).catch((error: unknown) => {
      this.#ports.onTrouble(error);
      return null;
    });
    client.releaseRows(
      [...(missed ?? [])].flatMap(([shard, rows]) => {
        const place = places[shard];
        return place === undefined ? [] : [{ shard, rows, place }];
      }),
    );
    if (missed === null) client.loseRows();
  }

  #hear(shard: number, entries: readonly FeedEntry[]): void {
    this.#reads.renew();
    this.#rows.note(shard, entries);
    const runs = new Set(entries.map(({ run }) => run));
    for (const client of this.#clients.keys()) {
      for (const run of runs) client.hintRun(run);
      client.hintShard(shard);
    }
    this.wake();
  }

  #lose(shard: number, place: FeedPlace): void {
    this.#rows.lose(shard, place);
    this.lookAtAll();
  }

  #wakeBy(at: number): void {
    if (this.#clients.size === 0 || at >= this.#wakeAt) return;
    const { clock } = this.#ports;
    this.#forget?.();
    this.#wakeAt = at;
    this.#forget = clock.after(Math.max(0, Math.max(at, this.#beatAt) - clock.now()), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#forget = null;
      void this.#beat();
    });
  }

  /** Lets every client read and send. */
  async #beat(): Promise<void> {
    const { clock, bounds = usualBounds, onTrouble } = this.#ports;
    this.#beatAt = clock.now() + bounds.frameMs;
    const clients = [...this.#clients.keys()];
    const done = await Promise.allSettled(clients.map(async (client) => client.pump()));
    const failed = done.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      onTrouble(failed.reason);
      this.#reads.renew();
      this.#wakeBy(clock.now() + againMs);
      return;
    }
    const next = Math.min(...clients.map(({ nextAt }) => nextAt ?? Number.POSITIVE_INFINITY));
    if (next < Number.POSITIVE_INFINITY) this.#wakeBy(next);
  }
}

/** Where each topic begins: behind the cursor, else where the client says, else now. */
function toCursor(topics: Topics, known: Cursor | null, now: Omit<Cursor, "runs">): Cursor {
  return {
    runs: new Map([...topics.runs].map(([run, after]) => [run, known?.runs.get(run) ?? after])),
    rows: topics.rows ? (known?.rows ?? now.rows) : null,
    log: topics.log ? (known?.log ?? now.log) : null,
  };
}
