import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FeedEntry } from "../../../../src/redis/feed.ts";
import type { FeedPlace } from "../../../../src/server/live/feed-places.ts";
import { toPiece } from "../../../../src/server/live/frame.ts";
import { RowSource } from "../../../../src/server/live/row-source.ts";
import { HandClock } from "../../../support/hand-clock.ts";

/** One shard: its feed, and documents that hold it up to some entry. */
class Shard {
  readonly clock = new HandClock();
  readonly entries: FeedEntry[] = [];
  readonly troubles: unknown[] = [];
  folded = 0; // entries
  removed = 0; // entries at the front
  readonly #last = new Map<string, number>();

  readonly source = new RowSource({
    rows: async (runs) => Promise.resolve(runs.flatMap((run) => this.#row(run) ?? [])),
    feed: async (_, after) => Promise.resolve(this.#read(after)),
    folded: async () => Promise.resolve(this.placeAt(this.folded)),
    clock: this.clock,
    onPassed: () => undefined,
    onTrouble: (error) => this.troubles.push(error),
  });

  /** A commit, of which the reader of the feed hears. */
  commit(run: string, count: number): void {
    const first = (this.#last.get(run) ?? 0) + 1;
    this.#last.set(run, first + count - 1);
    const entry = { id: `1-${this.entries.length + 1}`, run, first, count, bodies: null };
    this.entries.push(entry);
    this.source.note(0, [entry]);
  }

  placeAt(count: number): FeedPlace {
    return { id: count === 0 ? "0-0" : `1-${count}`, count };
  }

  /** What each run is like in the log. */
  get newest(): ReadonlyMap<string, number> {
    return this.#last;
  }

  /** What the documents hold of a run. */
  positionOf(run: string): number {
    const last = this.entries.slice(0, this.folded).findLast((entry) => entry.run === run);
    return last === undefined ? 0 : last.first + last.count - 1;
  }

  #row(run: string) {
    const position = this.positionOf(run);
    return position === 0 ? null : { ...toPiece({ run, position }), run, position, isAside: false };
  }

  #read(after: FeedPlace) {
    const entries = this.entries.slice(Math.max(after.count, this.removed), after.count + 2);
    return {
      entries,
      place: this.placeAt(after.count + entries.length),
      isGap: this.removed > after.count,
      isEnd: after.count + entries.length >= this.entries.length,
    };
  }
}

/** Keeps the newest row of each run, as a page does. */
class Page {
  readonly rows = new Map<string, number>();
  place: FeedPlace = { id: "0-0", count: 0 };
  losses = 0;

  addRows(
    _shard: number,
    rows: readonly { readonly run: string; readonly position: number }[],
    place: FeedPlace,
  ): void {
    for (const { run, position } of rows) this.rows.set(run, Math.max(position, this.rows.get(run) ?? 0));
    this.place = place;
  }

  loseRows(): void {
    this.losses += 1;
  }
}

type Step =
  | { readonly do: "commit"; readonly run: string; readonly count: number }
  | { readonly do: "fold"; readonly entries: number }
  | { readonly do: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("commit" as const),
    run: fc.constantFrom("a", "b", "c"),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant("fold" as const), entries: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
);

async function take(shard: Shard, step: Step): Promise<void> {
  if (step.do === "commit") shard.commit(step.run, step.count);
  else if (step.do === "fold") shard.folded = Math.min(shard.entries.length, shard.folded + step.entries);
  else await shard.clock.pass(step.ms);
}

describe("rows of runs that change", () => {
  const steps = fc.array(step, { maxLength: 25 });

  test("reach a page that read its list before, however far that was behind, and one that comes back", async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (before, during, away) => {
        const shard = new Shard();
        shard.source.begin([shard.placeAt(0)]);
        for (const each of before) await take(shard, each);
        const page = new Page();
        for (const run of shard.newest.keys()) page.rows.set(run, shard.positionOf(run)); // the list that it has read
        await shard.source.open();
        shard.source.listen(page);
        for (const each of during) await take(shard, each);
        shard.source.leave(page);
        const { place } = page;
        for (const each of away) await take(shard, each);
        const back = new Page();
        shard.source.listen(back);
        const missed = await shard.source.since([place]);
        for (const row of missed?.get(0) ?? []) back.addRows(0, [row], place);
        shard.folded = shard.entries.length;
        await shard.clock.pass(5_000);

        for (const run of shard.newest.keys())
          expect(Math.max(back.rows.get(run) ?? 0, page.rows.get(run) ?? 0)).toBe(shard.newest.get(run));
        expect(shard.source.places).toEqual([shard.placeAt(shard.entries.length)]);
        expect([page.losses, back.losses, shard.troubles]).toEqual([0, 0, []]);
        shard.source.close();
      }),
      { numRuns: 300 },
    );
  });

  test("cannot be told any more when the feed was cut behind the place that is asked for", async () => {
    const shard = new Shard();
    shard.source.begin([shard.placeAt(0)]);
    for (let more = 0; more < 5; more += 1) shard.commit("a", 1);
    shard.removed = 3;

    await expect(shard.source.since([shard.placeAt(1)])).resolves.toBeNull();
    await expect(shard.source.since([shard.placeAt(5)])).resolves.toEqual(new Map());
  });

  test("are not looked for while nobody listens", async () => {
    const shard = new Shard();
    shard.source.begin([shard.placeAt(0)]);
    shard.commit("a", 1);
    await shard.clock.pass(5_000);

    expect(shard.source.places).toEqual([shard.placeAt(1)]);
  });
});
