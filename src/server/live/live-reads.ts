import type { FeedPlace, FeedPlaces } from "./feed-places.ts";
import type { Piece } from "./frame.ts";
import type { PlacedPiece } from "./subscription.ts";

export interface EventsReading {
  readonly events: readonly PlacedPiece[];
  readonly last: number; // position of the run's last event; 0 = there is no such run
}

export interface LogReading {
  readonly events: readonly Piece[];
  readonly place: FeedPlace; // behind them
  readonly isGap: boolean; // what followed is not in the feed any more
  readonly isEnd: boolean; // nothing comes after these, for now
}

/** How the events of a client's topics are read. */
export interface LiveReads {
  /** At most `limit` events of a run after a position; 0 = only how far it goes. */
  events(run: string, after: number, limit: number): Promise<EventsReading>;
  /** The next events of the feed of a shard. */
  log(shard: number, after: FeedPlace): Promise<LogReading>;
  /** Where the feeds end. */
  heads(): Promise<FeedPlaces>;
}

/** Reads once what several clients ask for at the same time. */
export class SharedReads implements LiveReads {
  readonly #reads: LiveReads;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(reads: LiveReads) {
    this.#reads = reads;
  }

  /** From now on everything is read anew: there is news. */
  renew(): void {
    this.#underWay.clear();
  }

  async events(run: string, after: number, limit: number): Promise<EventsReading> {
    return this.#share(`run ${run} ${after} ${limit}`, async () => this.#reads.events(run, after, limit));
  }

  async log(shard: number, after: FeedPlace): Promise<LogReading> {
    return this.#share(`log ${shard} ${after.id}`, async () => this.#reads.log(shard, after));
  }

  async heads(): Promise<FeedPlaces> {
    return this.#share("heads", async () => this.#reads.heads());
  }

  async #share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#underWay.get(key);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each key stands for one kind of reading
    if (known !== undefined) return known as Promise<T>;
    const reading = read();
    this.#underWay.set(key, reading);
    return reading;
  }
}
