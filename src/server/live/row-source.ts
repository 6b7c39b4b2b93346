import type { FeedEntry } from "../../redis/feed.ts";
import type { Clock } from "../../workers/clock.ts";
import { type FeedPlace, type FeedPlaces, isBehind } from "./feed-places.ts";
import type { RowPiece } from "./subscription.ts";

/** The line of a run in a list, as projections have it now. */
export interface FoundRow extends RowPiece {
  readonly isAside: boolean; // its events cannot be folded further
}

export interface FeedReading {
  readonly entries: readonly FeedEntry[];
  readonly place: FeedPlace; // behind them
  readonly isGap: boolean;
  readonly isEnd: boolean;
}

export interface RowSourcePorts {
  readonly rows: (runs: readonly string[]) => Promise<readonly FoundRow[]>; // those that there are
  readonly feed: (shard: number, after: FeedPlace) => Promise<FeedReading>;
  readonly folded: (shard: number) => Promise<FeedPlace | null>; // how far the documents go; null = there are none
  readonly clock: Clock;
  readonly onPassed: () => void; // listeners were given rows
  readonly onTrouble: (error: unknown) => void;
}

export interface RowListener {
  addRows(shard: number, rows: readonly RowPiece[], place: FeedPlace): void;
  loseRows(): void;
}

interface Pending {
  readonly before: FeedPlace; // of the first entry that is waited for
  position: number; // of the last event that is waited for
}

interface Shard {
  read: FeedPlace; // up to which the feed was looked at
  pending: Map<string, Pending>; // by run, in the order of the feed
}

const soonMs = 40; // the projector takes about so long
const lateMs = 1_000;
const atOnce = 1_000; // rows
const mostPending = 20_000; // runs; projections that are further behind are not waited for
const mostMissed = 2_000; // runs; who missed more asks for the list again

/**
 * Rows of runs that have changed, read once for all clients. The feed says which runs; what they are like now is in the
 * documents, as soon as those hold what the feed told of.
 */
export class RowSource {
  readonly #ports: RowSourcePorts;
  readonly #listeners = new Set<RowListener>();
  #shards: readonly Shard[] = [];
  #users = 0;
  #opened: Promise<void> | null = null; // null = nobody wants rows
  #waitMs = soonMs;
  #forget: (() => void) | null = null;
  #isLooking = false;

  constructor(ports: RowSourcePorts) {
    this.#ports = ports;
  }

  /** From these places on. */
  begin(places: FeedPlaces): void {
    this.stop();
    this.#shards = places.map((read) => ({ read, pending: new Map() }));
  }

  stop(): void {
    this.#forget?.();
    this.#forget = null;
  }

  /** Up to here, everything that the feeds told of was passed on. */
  get places(): FeedPlaces {
    return this.#shards.map(settled);
  }

  /** Before anybody listens: from now on rows are looked for, also those that lists do not have yet. */
  async open(): Promise<void> {
    this.#users += 1;
    try {
      await this.#begin();
    } catch (error) {
      this.#opened = null; // who comes next looks again
      this.close();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    this.#opened ??= Promise.all(
      this.#shards.map(async (shard, number) => this.#lookBack(shard, number)),
    ).then(() => this.#wait(soonMs));
    await this.#opened;
  }

  /** As often as `open`. */
  close(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#opened = null;
    this.stop();
    for (const shard of this.#shards) shard.pending.clear();
  }

  listen(listener: RowListener): void {
    this.#listeners.add(listener);
  }

  /** @returns false when it did not listen */
  leave(listener: RowListener): boolean {
    return this.#listeners.delete(listener);
  }

  /** The next entries of the feed of a shard. */
  note(shard: number, entries: readonly FeedEntry[]): void {
    const known = this.#shards[shard];
    if (known === undefined) return;
    for (const { id, run, first, count } of entries) {
      const before = known.read;
      known.read = { id, count: before.count + 1 };
      if (this.#opened !== null) expect(known.pending, { run, before, position: first + count - 1 });
    }
    if (known.pending.size > mostPending) this.lose(shard, known.read);
    else if (known.pending.size > 0) this.#wait(soonMs);
  }

  /** The feed of a shard was cut, and goes on behind `place`. */
  lose(shard: number, place: FeedPlace): void {
    const known = this.#shards[shard];
    if (known === undefined) return;
    known.read = place;
    known.pending.clear();
    for (const listener of this.#listeners) listener.loseRows();
  }

  /**
   * Rows of runs that changed behind these places, as they are now; null = it cannot be said any more, or they are too
   * many. Goes as far as the feed was looked at, not only to `places`: rows do not become ready in the order of the feed,
   * and those that others have got already come only once.
   */
  async since(from: FeedPlaces): Promise<ReadonlyMap<number, readonly RowPiece[]> | null> {
    const to = this.#shards.map(({ read }) => read);
    const found = new Map<number, readonly RowPiece[]>();
    let missed = 0;
    for (const [shard, place] of from.entries()) {
      const end = to[shard];
      if (end === undefined || !isBehind(end, place)) continue;
      const runs = await this.#runsBetween(shard, place, end);
      missed += runs?.size ?? mostMissed + 1;
      if (runs === null || missed > mostMissed) return null;
      found.set(shard, await this.#ports.rows([...runs]));
    }
    return found;
  }

  /** What the feed told of before, and the documents do not hold yet, is waited for too. */
  async #lookBack(shard: Shard, number: number): Promise<void> {
    const end = shard.read;
    const older = new Map<string, Pending>();
    for (let after = await this.#ports.folded(number); after !== null && isBehind(end, after); ) {
      const { entries, place, isGap, isEnd } = await this.#ports.feed(number, after);
      if (isGap) break; // lists themselves have lost the thread
      let before = after;
      for (const { id, run, first, count } of entries) {
        if (isBehind({ id, count: 0 }, end)) break;
        expect(older, { run, before, position: first + count - 1 });
        before = { id, count: before.count + 1 };
      }
      if (isEnd || older.size > mostPending) break;
      after = place;
    }
    for (const [run, { before, position }] of shard.pending) expect(older, { run, before, position });
    shard.pending = older;
  }

  async #runsBetween(shard: number, from: FeedPlace, to: FeedPlace): Promise<ReadonlySet<string> | null> {
    const runs = new Set<string>();
    for (let after = from; ; ) {
      const { entries, place, isGap, isEnd } = await this.#ports.feed(shard, after);
      if (isGap) return null;
      for (const { id, run } of entries) if (!isBehind({ id, count: 0 }, to)) runs.add(run);
      if (isEnd || runs.size > mostMissed || !isBehind(to, place)) return runs;
      after = place;
    }
  }

  #wait(ms: number): void {
    if (this.#isLooking || this.#opened === null) return; // looking, it waits again by itself
    if (ms <= soonMs && this.#waitMs > soonMs) this.stop(); // there is news: the long wait is over
    this.#waitMs = ms;
    this.#forget ??= this.#ports.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    let passed = 0;
    this.#forget = null;
    this.#isLooking = true;
    try {
      passed = await this.#passOn();
      if (passed > 0) this.#ports.onPassed();
    } catch (error) {
      this.#ports.onTrouble(error);
    } finally {
      this.#isLooking = false;
    }
    const isMore = this.#opened !== null && this.#shards.some(({ pending }) => pending.size > 0);
    if (isMore) this.#wait(passed > 0 ? soonMs : Math.min(lateMs, this.#waitMs * 2));
  }

  /** Gives on what the documents hold by now. @returns rows */
  async #passOn(): Promise<number> {
    const shards = this.#shards;
    const runs = shards.flatMap(({ pending }) => [...pending.keys()]).slice(0, atOnce);
    const rows = new Map((await this.#ports.rows(runs)).map((row) => [row.run, row]));
    let passed = 0;
    for (const [number, shard] of shards.entries()) {
      const done = [...shard.pending].flatMap(([run, { position }]) => {
        const row = rows.get(run);
        return row !== undefined && (row.position >= position || row.isAside) ? [row] : [];
      });
      if (done.length === 0) continue;
      for (const { run } of done) shard.pending.delete(run);
      passed += done.length;
      for (const listener of this.#listeners) listener.addRows(number, done, settled(shard));
    }
    return passed;
  }
}

function expect(
  pending: Map<string, Pending>,
  { run, before, position }: Pending & { readonly run: string },
): void {
  const known = pending.get(run);
  if (known === undefined) pending.set(run, { before, position });
  else known.position = position;
}

function settled({ read, pending }: Shard): FeedPlace {
  const [first] = pending.values();
  return first?.before ?? read;
}
