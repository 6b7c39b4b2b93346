import { CoverReader } from "./each-index.ts";
import type { ViewPlace } from "./live-view.ts";
import type { Cover } from "./run-cover.ts";
import { compareRuns, type RunOrder, type RunPlace, type RunQuery } from "./run-query.ts";
import type { BuildPlace } from "./view-store.ts";

/** The part of the order that is walked. */
export interface Stretch {
  readonly order: RunOrder;
  readonly createdAfter: number | null; // at that moment, or later; null = from the first run on
  readonly createdBefore: number | null; // null = to the last one
  readonly after: RunPlace | null; // the walk begins behind it; null = at the begin
}

export function toStretch(
  { order = "newest", createdAfter, createdBefore }: RunQuery,
  after: RunPlace | null,
): Stretch {
  return { order, createdAfter: createdAfter ?? null, createdBefore: createdBefore ?? null, after };
}

/** Least and greatest score of a stretch, as ZRANGEBYSCORE takes them. */
function scoresOf({ order, createdAfter, createdBefore, after }: Stretch): readonly [string, string] {
  let least = createdAfter ?? Number.NEGATIVE_INFINITY;
  let most = createdBefore === null ? "+inf" : `(${createdBefore}`;
  if (after !== null && order === "oldest") least = Math.max(least, after.createdAt);
  if (after !== null && order === "newest" && after.createdAt < (createdBefore ?? Number.POSITIVE_INFINITY))
    most = String(after.createdAt);
  return [least === Number.NEGATIVE_INFINITY ? "-inf" : String(least), most];
}

const maxChunk = 10_000;

/** Merges the sorted sets of a cover in one shard. */
class ShardWalk {
  readonly #reader: CoverReader;
  readonly #wanted: number; // runs to be had from the first reading, about
  #stretch: Stretch;
  #chunk = 0; // how much to read of each sorted set; 0 = not known yet
  #queue: RunPlace[] = []; // the next ones last
  isAtEnd = false; // nothing comes after what is in the queue

  constructor(reader: CoverReader, stretch: Stretch, wanted: number) {
    this.#reader = reader;
    this.#stretch = stretch;
    this.#wanted = wanted;
  }

  get head(): RunPlace | undefined {
    return this.#queue.at(-1);
  }

  take(): void {
    this.#queue.pop();
  }

  /** Reads on until there is something, or there is nothing more. */
  async fill(): Promise<void> {
    if (this.#chunk === 0) this.#chunk = firstChunk(this.#wanted, (await this.#reader.sets()).length);
    while (this.head === undefined && !this.isAtEnd) {
      this.#accept(await this.#read());
      // Without a limit while nothing came: so many runs were created in one millisecond.
      const isStuck = this.#queue.length === 0;
      this.#chunk = isStuck ? this.#chunk * 2 : Math.min(maxChunk, this.#chunk * 2);
    }
  }

  async #read(): Promise<readonly (readonly RunPlace[])[]> {
    const [least, most] = scoresOf(this.#stretch);
    const limit = ["WITHSCORES", "LIMIT", 0, this.#chunk] as const;
    const lists =
      this.#stretch.order === "newest"
        ? await this.#reader.ask("ZREVRANGEBYSCORE", most, least, ...limit)
        : await this.#reader.ask("ZRANGEBYSCORE", least, most, ...limit);
    return lists.map(toPlaces);
  }

  /** Up to where every sorted set was read to: beyond it, one that was cut off could have something before. */
  #accept(lists: readonly (readonly RunPlace[])[]): void {
    const { order, after } = this.#stretch;
    const cutAt = lists.filter(({ length }) => length === this.#chunk).map((list) => list.at(-1));
    const ends = cutAt
      .filter((end) => end !== undefined)
      .sort((one, other) => compareRuns(order, one, other));
    const [end] = ends;
    this.isAtEnd = end === undefined;
    this.#queue = lists
      .flat()
      .filter((run) => after === null || compareRuns(order, run, after) > 0)
      .filter((run) => end === undefined || compareRuns(order, run, end) <= 0)
      .sort((one, other) => compareRuns(order, other, one));
    const last = this.#queue[0];
    if (last !== undefined) this.#stretch = { ...this.#stretch, after: last };
  }
}

/** Of many sets, the first ones that are read to the end of their chunk come late: two or three of each are enough. */
function firstChunk(wanted: number, sets: number): number {
  return Math.min(wanted, 2 + Math.ceil((2 * wanted) / Math.max(1, sets)));
}

function toPlaces(flat: unknown): RunPlace[] {
  if (!Array.isArray(flat)) return [];
  const places: RunPlace[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    places.push({ run: String(flat[index]), createdAt: Number(flat[index + 1]) });
  return places;
}

export interface Walk {
  readonly cover: Cover;
  readonly stretch: Stretch;
  readonly wanted: number; // about so many runs are wanted; to read much at once, or little
}

/** Runs of a cover in order, each once, as many at a time as are known without reading more. */
export async function* walkRuns(
  view: ViewPlace,
  places: readonly BuildPlace[],
  walk: Walk,
): AsyncGenerator<readonly RunPlace[], void, void> {
  const { cover, stretch, wanted } = walk;
  const { order } = stretch;
  const share = Math.max(8, Math.ceil((3 * wanted) / places.length));
  const shards = places.map((place) => new ShardWalk(new CoverReader(view, place, cover), stretch, share));
  for (;;) {
    await Promise.all(shards.map(async (shard) => shard.fill()));
    const found = takeKnown(shards, order);
    if (found.length === 0) return;
    yield found;
  }
}

/** Takes the runs in order until a shard has to be asked again. */
function takeKnown(shards: readonly ShardWalk[], order: RunOrder): RunPlace[] {
  const found: RunPlace[] = [];
  while (shards.every(({ head, isAtEnd }) => head !== undefined || isAtEnd)) {
    const best = firstOf(shards, order);
    if (best?.head === undefined) break;
    found.push(best.head);
    best.take();
  }
  return found;
}

function firstOf(shards: readonly ShardWalk[], order: RunOrder): ShardWalk | null {
  let best: ShardWalk | null = null;
  for (const shard of shards) {
    if (shard.head === undefined) continue;
    if (best?.head === undefined || compareRuns(order, shard.head, best.head) < 0) best = shard;
  }
  return best;
}

/** How many runs of a stretch the sorted sets of a cover hold. */
export async function countCover(
  view: ViewPlace,
  places: readonly BuildPlace[],
  { cover, stretch }: Pick<Walk, "cover" | "stretch">,
): Promise<number> {
  const [least, most] = scoresOf(stretch);
  const counts = await Promise.all(
    places.map(async (place) => new CoverReader(view, place, cover).ask("ZCOUNT", least, most)),
  );
  return counts.flat().reduce<number>((sum, count) => sum + Number(count), 0);
}
