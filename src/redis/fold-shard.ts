import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../base/errors.ts";
import type { Projection } from "../projections/define.ts";
import { View } from "../projections/view.ts";
import { type FeedEntry, readFeed, readFeedHead } from "./feed.ts";
import { FoldBroken, type FoldCounts, RunFolder } from "./fold-runs.ts";
import { scanRuns } from "./scan-runs.ts";
import type { RedisConnection } from "./script.ts";
import {
  type BuildPlace,
  readAside,
  readDocuments,
  readMark,
  type SetAside,
  type StoreAnswer,
  storeView,
  type ViewMark,
} from "./view-store.ts";

export interface FoldOptions {
  readonly redis: RedisConnection;
  readonly place: BuildPlace;
  readonly projections: readonly Projection[];
  readonly newId: () => string;
  readonly now: () => number; // epoch ms
}

/** What one step did. */
export interface Step extends Readonly<FoldCounts> {
  readonly entries: number; // of the feed
  readonly answer: StoreAnswer | "nothing"; // nothing = there was nothing to store
  readonly isMore: boolean; // the feed had more than was folded in this step
  readonly isGap: boolean; // entries are gone that were never read here: runs must be folded from their streams
}

const nothing: Step = {
  entries: 0,
  applied: 0,
  known: 0,
  aside: 0,
  answer: "nothing",
  isMore: false,
  isGap: false,
};

const keepRuns = 20_000; // open runs in memory
const pageSize = 300; // entries of the feed in one reply
const storeRuns = 300; // changed runs from which on they are stored: no script should take Redis for long

type Mark = Pick<ViewMark, "feed" | "count">;

/** What is in memory of the stored documents, and how far they go. */
interface Loaded {
  readonly view: View;
  readonly folder: RunFolder;
  mark: ViewMark;
}

/**
 * Folds what happens in one shard into one build of its documents. Anybody may do so at the same time: the first one
 * to store wins, the others read again. Not for concurrent use of one object.
 */
export class ShardFold {
  readonly #options: FoldOptions;
  readonly #suspects = new Map<string, SetAside>(); // a projection threw at them; to be stored as set aside
  #loaded: Loaded | null = null;

  constructor(options: FoldOptions) {
    this.#options = options;
  }

  get place(): BuildPlace {
    return this.#options.place;
  }

  /** How far the stored documents go, as far as this process knows. */
  async mark(): Promise<ViewMark> {
    return (await this.#load()).mark;
  }

  /**
   * Folds the next entries of the feed, page by page, and stores what came of them in one step: whatever a run did
   * meanwhile is one document. Ends sooner when many runs have changed.
   */
  async follow(limit: number): Promise<Step> {
    const { mark: before } = await this.#load();
    const first = await this.#readPage(before);
    if (first === null) return { ...nothing, isGap: true };
    if (first.length === 0) return nothing;
    let entries = 0;
    let isMore = false;
    const step = await this.#step(async ({ view, folder }) => {
      let mark: Mark = before;
      let page: readonly FeedEntry[] | null = first;
      while (page !== null && page.length > 0) {
        await folder.load(page.map(({ run }) => run));
        for (const entry of page) await folder.foldEntry(entry);
        entries += page.length;
        mark = { feed: page.at(-1)?.id ?? mark.feed, count: before.count + entries };
        isMore = page.length === pageSize;
        const goesOn: boolean = isMore && entries < limit && view.changedRuns < storeRuns;
        page = goesOn ? await this.#readPage(mark) : null; // a gap: the next step will see it
      }
      return mark;
    });
    return { ...step, entries, isMore };
  }

  /** The entries of the feed behind a mark; null = some of them are gone. */
  async #readPage({ feed, count }: Mark): Promise<readonly FeedEntry[] | null> {
    const { redis, place } = this.#options;
    const range = { after: feed, limit: pageSize };
    const { entries, removed, added } = await readFeed(redis, place.namespace, place.shard, range);
    return removed > count || added < count ? null : entries;
  }

  /** Folds what the streams of these runs hold beyond their documents. */
  async foldRuns(runs: readonly string[]): Promise<Step> {
    return this.#step(async ({ folder }) => {
      await folder.load(runs);
      await folder.foldStreams(runs);
      return null;
    });
  }

  /**
   * Folds every run of the shard from its stream; the feed is followed from where it ended when this began.
   * `onPage` hears how many runs each page had.
   */
  async foldAll(onPage: (runs: number) => void): Promise<void> {
    const { redis, place } = this.#options;
    const { namespace, shard } = place;
    const head = await readFeedHead(redis, namespace, shard);
    for await (const page of scanRuns(redis, namespace, shard)) {
      await insist(async () => this.foldRuns(page.map(([run]) => run)));
      onPage(page.length);
    }
    await insist(async () => this.#step(async () => ({ feed: head.id, count: head.count })));
  }

  /** Tries again what was set aside. @returns the runs that are folded now */
  async retryAside(): Promise<readonly string[]> {
    this.forget();
    this.#suspects.clear();
    const { folder } = await this.#load();
    const runs = folder.aside;
    folder.pardon();
    let healed: readonly string[] = [];
    const { answer } = await this.#step(
      async () => {
        await folder.load(runs);
        await folder.foldStreams(runs);
        healed = runs.filter((run) => !folder.aside.includes(run));
        return null;
      },
      () => healed,
    );
    return answer === "stored" || answer === "already" ? healed : [];
  }

  /** Reads everything again before the next step: somebody else may have stored. */
  forget(): void {
    this.#loaded = null;
  }

  async #load(): Promise<Loaded> {
    if (this.#loaded !== null) return this.#loaded;
    const { redis, place, projections, now } = this.#options;
    const mark = await readMark(redis, place); // first of all: what is stored after it answers "ahead"
    const aside = [...(await readAside(redis, place)), ...this.#suspects.values()];
    const view = new View(projections);
    for (const { name } of projections) {
      for (const [id, bytes] of await readDocuments(redis, place, name)) view.loadDocument(name, id, bytes);
    }
    this.#loaded = { view, mark, folder: new RunFolder({ redis, place, view, aside, now }) };
    return this.#loaded;
  }

  /** Folds and stores. A run at which a projection throws is set aside, and everything else is folded again. */
  async #step(
    fold: (loaded: Loaded) => Promise<Mark | null>, // how far it goes now; null = as before
    healed: () => readonly string[] = () => [],
  ): Promise<Step> {
    const loaded = await this.#load();
    let mark: Mark | null;
    try {
      mark = await fold(loaded);
    } catch (error) {
      this.forget();
      if (!(error instanceof FoldBroken)) throw error;
      this.#suspects.set(error.entry.run, error.entry);
      return { ...nothing, answer: "ahead" };
    }
    return this.#store(loaded, mark, healed());
  }

  async #store(loaded: Loaded, mark: Mark | null, healed: readonly string[]): Promise<Step> {
    const { redis, place, newId } = this.#options;
    const { view, folder } = loaded;
    const { counts } = folder;
    const aside = [...folder.found, ...this.#suspects.values()];
    const changes = view.changes();
    const isEmpty = changes.runs.length === 0 && aside.length === 0 && healed.length === 0;
    if (isEmpty && mark === null) return { ...nothing, ...counts };
    const { seq } = loaded.mark;
    const stored = await storeView(redis, place, { seq, batch: newId(), mark, changes, aside, healed });
    if (stored.answer !== "stored" && stored.answer !== "already") {
      this.forget();
      return { ...nothing, answer: stored.answer };
    }
    const { feed, count } = mark ?? loaded.mark;
    loaded.mark = { seq: stored.seq, feed, count };
    view.stored();
    view.shrink(keepRuns);
    folder.found.length = 0;
    folder.counts = { applied: 0, known: 0, aside: 0 };
    this.#suspects.clear();
    return { ...nothing, ...counts, answer: stored.answer };
  }
}

const heldMs = 20; // somebody reads everything as of one moment
const maxMismatches = 3; // in a row

/** Until it is stored, or there was nothing to store. @throws EngineError COMMAND_REFUSED when the build is not used any more */
async function insist(attempt: () => Promise<Step>): Promise<void> {
  for (let mismatches = 0; mismatches < maxMismatches; ) {
    const { answer } = await attempt();
    if (answer === "stored" || answer === "already" || answer === "nothing") return;
    mismatches = answer === "mismatch" ? mismatches + 1 : 0;
    if (answer === "held") await sleep(heldMs);
  }
  throw new EngineError(
    "COMMAND_REFUSED",
    "These projections are not used any more: somebody began to build them again meanwhile. Ask again when that is done.",
  );
}
