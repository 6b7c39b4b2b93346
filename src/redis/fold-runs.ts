import { isEngineError } from "../base/errors.ts";
import { decodeEvent } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { View } from "../projections/view.ts";
import type { FeedEntry } from "./feed.ts";
import { runKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";
import { type BuildPlace, readRunDocuments, type SetAside } from "./view-store.ts";

/** How many events were folded, had been folded before, and how many runs were set aside. */
export interface FoldCounts {
  applied: number;
  known: number;
  aside: number;
}

/** A projection threw: what is in memory is half of something. */
export class FoldBroken extends Error {
  readonly entry: SetAside;

  constructor(entry: SetAside, cause: unknown) {
    super(entry.message, { cause });
    this.entry = entry;
  }
}

const streamsAtOnce = 16; // a stream may be long

/** What the stream of a run holds after position `after`. */
interface Stream {
  readonly run: string;
  readonly after: number;
  readonly entries: readonly (readonly [id: Buffer, fields: readonly Buffer[]])[];
}

interface RunFolderOptions {
  readonly redis: RedisConnection;
  readonly place: BuildPlace;
  readonly view: View;
  readonly aside: readonly SetAside[];
  readonly now: () => number; // epoch ms
}

/** Puts entries of the feed, and what streams hold, into a view; what cannot be read or folded is set aside. */
export class RunFolder {
  readonly #options: RunFolderOptions;
  readonly #aside: Map<string, SetAside>;
  readonly found: SetAside[] = []; // set aside since the last store
  counts: FoldCounts = { applied: 0, known: 0, aside: 0 };

  constructor(options: RunFolderOptions) {
    this.#options = options;
    this.#aside = new Map(options.aside.map((entry) => [entry.run, entry]));
  }

  get aside(): readonly string[] {
    return [...this.#aside.keys()];
  }

  /** Lets all runs be tried again. */
  pardon(): void {
    this.#aside.clear();
  }

  async load(runs: readonly string[]): Promise<void> {
    const { redis, place, view } = this.#options;
    const unknown = [...new Set(runs)].filter((run) => !view.knows(run));
    const documents = await readRunDocuments(redis, place, unknown);
    for (const [index, run] of unknown.entries()) view.load(run, documents[index] ?? null);
  }

  async foldEntry({ run, first, bodies }: FeedEntry): Promise<void> {
    if (this.#aside.has(run)) return;
    const position = this.#options.view.positionOf(run);
    if (bodies === null || first > position + 1) return this.foldStreams([run]);
    if (first + bodies.length - 1 <= position) this.counts.known += bodies.length;
    else this.#foldBodies(run, first, bodies);
  }

  /** Folds what the streams of these runs hold beyond their documents; reads some of them at a time. */
  async foldStreams(runs: readonly string[]): Promise<void> {
    const known = runs.filter((run) => !this.#aside.has(run));
    for (let start = 0; start < known.length; start += streamsAtOnce) {
      const some = known.slice(start, start + streamsAtOnce);
      for (const stream of await Promise.all(some.map(async (run) => this.#readStream(run))))
        this.#foldStream(stream);
    }
  }

  async #readStream(run: string): Promise<Stream> {
    const { redis, place, view } = this.#options;
    const after = view.positionOf(run);
    const key = runKey(place.namespace, run);
    const entries = await translated(async () => redis.xrangeBuffer(key, `${after + 1}`, "+"));
    return { run, after, entries };
  }

  #foldStream({ run, after, entries }: Stream): void {
    const bodies: Buffer[] = [];
    for (const [id, fields] of entries) {
      const position = after + 1 + bodies.length;
      if (id.toString() !== `${position}-0` || fields[1] === undefined) {
        this.#foldBodies(run, after + 1, bodies);
        const message = `Entry ${id.toString()} stands where event ${position} belongs: the stream was changed from outside.`;
        this.#setAside({ run, position, code: "EVENT_UNREADABLE", message });
        return;
      }
      bodies.push(fields[1]);
    }
    this.#foldBodies(run, after + 1, bodies);
  }

  #foldBodies(run: string, first: number, bodies: readonly Buffer[]): void {
    let actor = "unknown";
    for (const [index, body] of bodies.entries()) {
      const position = first + index;
      let event: RecordedEvent;
      try {
        event = decodeEvent(body, { run, position, actor });
      } catch (error) {
        if (!isEngineError(error)) throw error;
        this.#setAside({ run, position, code: error.code, message: error.message });
        return;
      }
      actor = event.actor;
      this.#fold(event);
    }
  }

  #fold(event: RecordedEvent): void {
    const { run, position, type } = event;
    try {
      if (this.#options.view.apply(event) === "applied") this.counts.applied += 1;
      else this.counts.known += 1;
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      const message = `A projection failed at a ${type} event: ${reason}`;
      throw new FoldBroken(
        { run, position, code: "PROJECTION_FAILED", message, at: this.#options.now() },
        error,
      );
    }
  }

  #setAside(entry: Omit<SetAside, "at">): void {
    const dated = { ...entry, at: this.#options.now() };
    this.#aside.set(entry.run, dated);
    this.found.push(dated);
    this.counts.aside += 1;
  }
}
