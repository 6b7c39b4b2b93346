import { type Cursor, readCursor, writeCursor } from "../../src/server/live/cursor.ts";
import type { FeedPlace } from "../../src/server/live/feed-places.ts";
import { type Frame, toPiece } from "../../src/server/live/frame.ts";
import { LiveClient, type Outlet } from "../../src/server/live/live-client.ts";
import type { LiveReads } from "../../src/server/live/live-reads.ts";
import { type Bounds, Subscription } from "../../src/server/live/subscription.ts";

const home = { name: "world", shards: 2 };

/** A log in memory: runs, and the feeds of two shards. Event n of a run says so. */
export class LiveWorld {
  readonly runs = new Map<string, number>(); // run -> its last position
  readonly #feeds: { readonly run: string; readonly position: number }[][] = [[], []];
  now = 1_000;

  append(run: string, count: number): void {
    const shard = run.length % 2;
    for (let done = 0; done < count; done += 1) {
      const position = (this.runs.get(run) ?? 0) + 1;
      this.runs.set(run, position);
      this.#feeds[shard]?.push({ run, position });
    }
  }

  places(): FeedPlace[] {
    return this.#feeds.map((feed) => toPlace(feed.length));
  }

  /** Every event of the log, as `run position`. */
  all(): readonly string[] {
    return this.#feeds.flat().map(({ run, position }) => `${run} ${position}`);
  }

  reads(): LiveReads {
    return {
      events: async (run, after, limit) => {
        const last = this.runs.get(run) ?? 0;
        const positions = Array.from({ length: Math.max(0, last - after) }, (_, index) => after + 1 + index);
        const events = positions
          .slice(0, limit)
          .map((position) => ({ ...toPiece({ run, position }), position }));
        return Promise.resolve({ events, last });
      },
      log: async (shard, after) => {
        const feed = this.#feeds[shard] ?? [];
        const entries = feed.slice(after.count, after.count + 3);
        return Promise.resolve({
          events: entries.map((entry) => toPiece(entry)),
          place: toPlace(after.count + entries.length),
          isGap: false,
          isEnd: after.count + entries.length >= feed.length,
        });
      },
      heads: async () => Promise.resolve(this.places()),
    };
  }
}

function toPlace(count: number): FeedPlace {
  return { id: count === 0 ? "0-0" : `1-${count}`, count };
}

interface Heard {
  readonly topic: string;
  readonly position?: number;
  readonly events?: readonly { readonly run: string; readonly position: number }[];
}

/** Somebody who listens to a world, goes away and comes back with the id of the last frame. */
export class Listener {
  readonly frames: { readonly at: number; readonly frame: Frame }[] = [];
  readonly seen: string[] = []; // `run position` of the run topics, in order
  readonly log: string[] = [];
  readonly faults: string[] = []; // what no client may ever see
  readonly #world: LiveWorld;
  readonly #bounds: Bounds;
  readonly #next = new Map<string, number>(); // run -> the position that has to come next
  #client: LiveClient;
  #subscription: Subscription;
  #id: string;
  blockedAt: number | null = null;
  mostBytes = 0;

  constructor(world: LiveWorld, runs: readonly string[], bounds: Bounds) {
    this.#world = world;
    this.#bounds = bounds;
    const begin: Cursor = { runs: new Map(runs.map((run) => [run, 0])), rows: null, log: world.places() };
    for (const run of runs) this.#next.set(run, 1);
    this.#id = writeCursor(home, begin);
    [this.#client, this.#subscription] = this.#connect(begin);
  }

  get client(): LiveClient {
    return this.#client;
  }

  /** The connection breaks, and another server takes it up. */
  reconnect(): void {
    const cursor = readCursor(home, this.#id);
    if (cursor === null) throw new Error("a cursor of ours cannot be read");
    this.blockedAt = null;
    [this.#client, this.#subscription] = this.#connect(cursor);
  }

  async pump(): Promise<void> {
    await this.#client.pump();
    this.mostBytes = Math.max(this.mostBytes, this.#subscription.bytes);
  }

  #connect(begin: Cursor): [LiveClient, Subscription] {
    const subscription = new Subscription(begin, (cursor) => writeCursor(home, cursor), this.#bounds);
    const now = (): number => this.#world.now;
    let lastAt = Number.NEGATIVE_INFINITY;
    const blockedAt = (): number | null => this.blockedAt;
    const outlet: Outlet = {
      get blockedAt() {
        return blockedAt();
      },
      send: (frame) => {
        if (this.blockedAt !== null) this.faults.push("a frame for somebody who takes none");
        if (now() - lastAt < this.#bounds.frameMs) this.faults.push("two frames too close");
        lastAt = now();
        this.#hear(frame);
      },
    };
    const client = new LiveClient({
      subscription,
      runs: [...begin.runs.keys()],
      shards: [0, 1],
      reads: this.#world.reads(),
      rowPlaces: () => this.#world.places(),
      outlet,
      now,
      patienceMs: 500,
    });
    return [client, subscription];
  }

  #hear(frame: Frame): void {
    this.#id = frame.id;
    this.frames.push({ at: this.#world.now, frame });
    for (const { topic, position, events = [] } of JSON.parse(frame.data) as Heard[]) {
      if (frame.event === "reset" && position !== undefined) this.#next.set(topic.slice(4), position + 1);
      for (const event of events) {
        const text = `${event.run} ${event.position}`;
        if (topic === "log") this.log.push(text);
        else this.#follow(topic.slice(4), event.position, text);
      }
    }
  }

  #follow(run: string, position: number, text: string): void {
    if (position !== this.#next.get(run)) this.faults.push(`${text} in place of ${this.#next.get(run)}`);
    this.#next.set(run, position + 1);
    this.seen.push(text);
  }
}
