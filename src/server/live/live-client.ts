import { isEngineError } from "../../base/errors.ts";
import type { FeedPlace, FeedPlaces } from "./feed-places.ts";
import type { Frame, Piece } from "./frame.ts";
import type { LiveReads } from "./live-reads.ts";
import type { RowPiece, Subscription } from "./subscription.ts";

/** Where the frames of a client go. */
export interface Outlet {
  readonly blockedAt: number | null; // epoch ms since when it takes nothing more; null = it takes more
  send(frame: Frame): void;
}

export interface LiveClientOptions {
  readonly subscription: Subscription;
  readonly runs: readonly string[]; // whose events are wanted
  readonly shards: readonly number[]; // whose feeds are wanted; empty = no log
  readonly reads: LiveReads;
  readonly rowPlaces: () => FeedPlaces; // how far rows of runs have come
  readonly outlet: Outlet;
  readonly now: () => number;
  readonly patienceMs?: number; // a client that is full for so long misses the rest; default 5,000
}

/** Rows of runs in a shard, and how far its feed has come with them. */
export interface RowNews {
  readonly shard: number;
  readonly rows: readonly RowPiece[];
  readonly place: FeedPlace;
}

const pageSize = 250; // events

/**
 * Brings the news of its topics to one client. A hint only says where to look: what is sent is read from the log, after
 * what was sent before. What a client does not take stays in the log, except for one full buffer; a client that is full
 * for long gets a reset instead of the rest.
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #runs: ReadonlySet<string>;
  readonly #shards: ReadonlySet<number>;
  readonly #newsOf = new Set<string>(); // runs to look at
  readonly #newsIn = new Set<number>(); // shards whose feed is to be looked at
  #held: RowNews[] | null = null; // rows that come while older ones are looked for
  #isLost = false;
  #pumping: Promise<void> | null = null;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#runs = new Set(options.runs);
    this.#shards = new Set(options.shards);
    this.lookAtAll();
  }

  /** Somebody has appended to this run. */
  hintRun(run: string): void {
    if (this.#runs.has(run)) this.#newsOf.add(run);
  }

  hintShard(shard: number): void {
    if (this.#shards.has(shard)) this.#newsIn.add(shard);
  }

  /** Hints may be lost. */
  lookAtAll(): void {
    for (const run of this.#runs) this.#newsOf.add(run);
    for (const shard of this.#shards) this.#newsIn.add(shard);
  }

  addRows(shard: number, rows: readonly RowPiece[], place: FeedPlace): void {
    const { subscription, outlet } = this.#options;
    if (this.#held !== null) this.#held.push({ shard, rows, place });
    else if (!this.#isLost) subscription.addRows(shard, rows, place);
    if (subscription.room === 0 && outlet.blockedAt !== null) this.#isLost = true; // rows do not wait anywhere else
  }

  /** Keeps rows back until `releaseRows`. */
  holdRows(): void {
    this.#held ??= [];
  }

  /** Gives those that were missed, then those that were kept back. */
  releaseRows(missed: readonly RowNews[]): void {
    const held = [...missed, ...(this.#held ?? [])];
    this.#held = null;
    for (const { shard, rows, place } of held) this.addRows(shard, rows, place);
  }

  /** Rows were missed: the client has to ask for its list again. */
  loseRows(): void {
    this.#options.subscription.skip({ rows: this.#options.rowPlaces() });
  }

  /** The feed of a shard was cut. */
  loseLog(places: FeedPlaces): void {
    if (this.#shards.size > 0) this.#options.subscription.skip({ log: places });
  }

  setCapacity(capacity: Piece): void {
    if (!this.#isLost) this.#options.subscription.setCapacity(capacity);
  }

  /** How far its frames have come. */
  cursor(): string {
    return this.#options.subscription.cursor();
  }

  /** When to be asked again without further news, in epoch ms; null = not before there are some. */
  get nextAt(): number | null {
    const { outlet, subscription } = this.#options;
    const isIdle =
      subscription.isEmpty && this.#newsOf.size === 0 && this.#newsIn.size === 0 && !this.#isLost;
    return isIdle || outlet.blockedAt !== null ? null : subscription.nextAt;
  }

  /** Reads what there is, and sends a frame when it is time for one. */
  async pump(): Promise<void> {
    this.#pumping ??= this.#pumpOnce().finally(() => {
      this.#pumping = null;
    });
    return this.#pumping;
  }

  async #pumpOnce(): Promise<void> {
    const { outlet, subscription, now } = this.#options;
    if (this.#isLost) {
      if (outlet.blockedAt !== null) return;
      await this.#skipAll();
    } else {
      await this.#drain(this.#newsOf, async (run) => this.#pullRun(run));
      await this.#drain(this.#newsIn, async (shard) => this.#pullFeed(shard));
    }
    if (outlet.blockedAt !== null) return;
    const frame = subscription.take(now());
    if (frame !== null) outlet.send(frame);
  }

  /** Takes everything from a list of places with news that there is room for. `pull` says whether a place has more. */
  async #drain<Place>(news: Set<Place>, pull: (place: Place) => Promise<boolean>): Promise<void> {
    for (const place of Array.from(news)) {
      while (news.has(place) && this.#hasRoom()) {
        news.delete(place); // before the reading: a hint that comes meanwhile counts
        if (await pullOrKeep(news, place, pull)) news.add(place);
      }
    }
  }

  /** Whether there is more. */
  async #pullRun(run: string): Promise<boolean> {
    const { reads, subscription } = this.#options;
    const position = subscription.positionOf(run);
    const { events, last } = await reads.events(run, position, Math.min(pageSize, subscription.room));
    if (last < position) subscription.skip({ runs: new Map([[run, last]]) }); // Redis has lost its newest events
    subscription.addEvents(run, events);
    return events.length > 0 && subscription.positionOf(run) < last;
  }

  async #pullFeed(shard: number): Promise<boolean> {
    const { reads, subscription } = this.#options;
    const after = subscription.logPlace(shard);
    if (after === null) return false;
    const { events, place, isGap, isEnd } = await reads.log(shard, after);
    if (isGap) this.loseLog(await reads.heads());
    else subscription.addLog(shard, events, place);
    return !isGap && !isEnd;
  }

  #hasRoom(): boolean {
    if (this.#options.subscription.room > 0) return true;
    if (this.#isFullForLong()) this.#isLost = true;
    return false;
  }

  #isFullForLong(): boolean {
    const { outlet, now, patienceMs = 5_000 } = this.#options;
    return outlet.blockedAt !== null && now() - outlet.blockedAt >= patienceMs;
  }

  async #skipAll(): Promise<void> {
    const { reads, subscription, rowPlaces } = this.#options;
    const ends = [...this.#runs].map(async (run) => [run, (await reads.events(run, 0, 0)).last] as const);
    const [runs, log] = [new Map(await Promise.all(ends)), await reads.heads()];
    subscription.skip({ runs, rows: rowPlaces(), log });
    this.#isLost = false;
    this.lookAtAll();
  }
}

/** What could not be read is still news. */
async function pullOrKeep<Place>(
  news: Set<Place>,
  place: Place,
  pull: (place: Place) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await pull(place);
  } catch (error) {
    if (!isBroken(error)) news.add(place);
    throw error;
  }
}

/** Events that cannot be read today cannot be read tomorrow either: the next hint tries again. */
function isBroken(error: unknown): boolean {
  return isEngineError(error, "EVENT_UNREADABLE") || isEngineError(error, "EVENT_UNKNOWN");
}
