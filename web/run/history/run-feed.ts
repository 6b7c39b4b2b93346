import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { fromWire, type WireEvent } from "../../../src/server/contract/wire-event.ts";
import { type Marker, markersOf } from "../scrubber/markers.ts";
import { pictureFromPlain } from "./picture-from-plain.ts";
import { RunHistory } from "./run-history.ts";

/** What the feed asks the server for. */
export interface FeedSource {
  /** Events after a position, without values of users; with `fromEnd` the newest ones. */
  events(after: number, limit: number, fromEnd: boolean): Promise<EventsAnswer>;
  /** The newest state as JSON. */
  state(): Promise<{ readonly position: number; readonly state: Readonly<Record<string, unknown>> }>;
}

interface EventsAnswer {
  readonly events: readonly WireEvent[];
  readonly last: number;
}

/** What is known of a run. Another object whenever something changed. */
export interface FeedView {
  readonly run: string | null; // its id; null = nothing is known yet
  readonly length: number; // events from the first one on
  readonly last: number; // position of the run's last event, as far as is known
  readonly isWhole: boolean; // nothing is missing in between
  readonly error: Error | null; // why nothing more comes
  readonly markers: readonly Marker[];
  /** An event by its position; null = it is not here. */
  readonly eventAt: (position: number) => RecordedEvent | null;
}

const firstPage = 500; // events: most runs are not longer
const page = 1_000; // as many as are taken in without holding up the page
const lanes = 3; // pages at a time: the server reads while the page folds
const much = 2_000; // events: with more to come, the newest state is asked for first
const newest = 500; // events shown at once of a run whose history is long

/**
 * Everything about one run, in this page: its events from the first one on, in pages, and then live. Of a long history the
 * newest state and the newest events come first, so that there is something to look at while the rest arrives. Whoever
 * makes it may know the run by its name, or by the beginning of its id.
 */
export class RunFeed {
  readonly #source: FeedSource;
  readonly #watchers = new Set<() => void>();
  readonly #sizes: number[] = []; // bytes of each event in the log
  readonly #markers: Marker[] = [];
  #history: RunHistory;
  #early: RunPicture | null = null; // the newest state, while the middle is missing
  #tail: readonly RecordedEvent[] = []; // the newest ones, while the middle is missing
  #last = 0; // position of the run's last event, as far as is known
  #view: FeedView;
  #loading: Promise<void> | null = null;
  #isClosed = false;

  constructor(run: string, source: FeedSource) {
    this.#source = source;
    this.#history = new RunHistory(run);
    const eventAt = (): null => null;
    this.#view = { run: null, length: 0, last: 0, isWhole: false, error: null, markers: [], eventAt };
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  view = (): FeedView => this.#view;

  /** Fetches what is missing. Called again while it works, it is the same work. */
  load = async (): Promise<void> => {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  };

  close(): void {
    this.#isClosed = true;
  }

  /** Events of the live stream. What lies before them and is not here yet is fetched. */
  hear(events: readonly WireEvent[]): void {
    const position = events.at(-1)?.position ?? 0;
    if (position <= this.#history.length) return;
    this.#take(events);
    this.#last = Math.max(position, this.#last);
    if (this.#history.length < this.#last) void this.load();
    else this.#show({});
  }

  bytesAt(position: number): number | null {
    return this.#sizes[position - 1] ?? null;
  }

  /** The run after `n` events; of one whose history is not whole, the newest state for anything beyond what is here. */
  stateAt(n: number): RunPicture {
    const isBeyond = n > this.#history.length;
    return isBeyond && this.#early !== null ? this.#early : this.#history.stateAt(n);
  }

  async #load(): Promise<void> {
    try {
      const first = await this.#source.events(this.#history.length, firstPage, false);
      this.#take(first.events);
      this.#last = Math.max(first.last, this.#last);
      // What is here is not the present yet, so it is not shown as such.
      if (this.#last - this.#history.length > much) await this.#loadNewest();
      await this.#loadRest();
      if (this.#early !== null) this.#history.adopt(this.#early);
      this.#early = null;
      this.#tail = [];
      this.#show({ error: null });
    } catch (error) {
      this.#show({ error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  async #loadNewest(): Promise<void> {
    const [{ state }, { events }] = await Promise.all([
      this.#source.state(),
      this.#source.events(0, newest, true),
    ]);
    this.#early = pictureFromPlain(this.#history.run, state);
    this.#tail = events.map(fromWire).sort((one, other) => one.position - other.position);
    this.#last = Math.max(this.#early.summary.position, this.#last);
    this.#show({ error: null });
  }

  async #loadRest(): Promise<void> {
    while (this.#history.length < this.#last && !this.#isClosed) {
      const from = this.#history.length;
      const starts = Array.from({ length: lanes }, (_, lane) => from + lane * page);
      const wanted = starts.filter((after) => after < this.#last);
      const answers = wanted.map(async (after) => this.#source.events(after, page, false));
      for (const answer of answers) {
        const { events, last } = await answer;
        this.#take(events);
        this.#history.prepare();
        this.#last = Math.max(this.#last, last);
        await otherWork();
      }
      if (this.#history.length === from) throw new Error(`The server did not give event ${from + 1}.`);
      if (this.#early !== null) this.#show({});
    }
  }

  #take(wired: readonly WireEvent[]): void {
    const events = wired.map(fromWire);
    const before = this.#history.length;
    const run = events[0]?.run ?? this.#history.run;
    if (before === 0 && run !== this.#history.run) this.#history = new RunHistory(run); // now its id is known
    const added = this.#history.append(events);
    if (added === 0) return;
    for (const { position, bytes } of wired) if (position > before) this.#sizes[position - 1] = bytes;
    this.#markers.push(...markersOf(this.#history.events.slice(before)));
  }

  #show(change: { readonly error?: Error | null }): void {
    const { length } = this.#history;
    const last = Math.max(length, this.#last);
    const [history, tail] = [this.#history, this.#tail];
    const first = tail[0]?.position ?? Number.POSITIVE_INFINITY;
    // Another function whenever there is more to find: what was computed with the one of before is computed again.
    const eventAt = (position: number): RecordedEvent | null =>
      history.eventAt(position) ?? tail[position - first] ?? null;
    const isWhole = length === last && last > 0;
    const run = history.eventAt(1)?.run ?? null;
    const { markers } = this.#view;
    const known = markers.length === this.#markers.length ? markers : [...this.#markers];
    this.#view = { ...this.#view, ...change, run, length, last, isWhole, markers: known, eventAt };
    for (const changed of this.#watchers) changed();
  }
}

/** Lets the page answer to people between two parts of a long work. */
async function otherWork(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 0);
  });
}
