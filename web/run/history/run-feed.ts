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
  readonly length: number; // events from the first one on
  readonly last: number; // position of the run's last event, as far as is known
  readonly isWhole: boolean; // nothing is missing in between
  readonly error: Error | null; // why nothing more comes
  readonly markers: readonly Marker[];
  /** An event by its position; null = it is not here. */
  readonly eventAt: (position: number) => RecordedEvent | null;
}

const page = 2_000; // events
const lanes = 3; // pages at a time: the server reads while the page folds
const newest = 500; // events shown at once of a run whose history is long

/**
 * Everything about one run, in this page: its events from the first one on, in pages, and then live. Of a long history the
 * newest state and the newest events come first, so that there is something to look at while the rest arrives.
 */
export class RunFeed {
  readonly #source: FeedSource;
  readonly #watchers = new Set<() => void>();
  readonly #sizes: number[] = []; // bytes of each event in the log
  readonly #history: RunHistory;
  #early: { readonly position: number; readonly picture: RunPicture } | null = null;
  #tail: readonly RecordedEvent[] = []; // the newest ones, while the middle is missing
  #view: FeedView;
  #loading: Promise<void> | null = null;
  #isClosed = false;

  constructor(run: string, source: FeedSource) {
    this.#source = source;
    this.#history = new RunHistory(run);
    const eventAt = (): null => null;
    this.#view = { length: 0, last: 0, isWhole: false, error: null, markers: [], eventAt };
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
    const last = Math.max(position, this.#view.last);
    this.#show({ last });
    if (this.#history.length < last) void this.load();
  }

  bytesAt(position: number): number | null {
    return this.#sizes[position - 1] ?? null;
  }

  /** The run after `n` events; of one whose history is not whole, the newest state for anything beyond what is here. */
  stateAt(n: number): RunPicture {
    const isBeyond = n > this.#history.length;
    return isBeyond && this.#early !== null ? this.#early.picture : this.#history.stateAt(n);
  }

  async #load(): Promise<void> {
    try {
      const first = await this.#source.events(this.#history.length, page, false);
      this.#take(first.events);
      const isMuch = first.last - this.#history.length > page;
      this.#show({ last: Math.max(first.last, this.#view.last), error: null });
      if (isMuch) await Promise.all([this.#loadNewest(), this.#loadRest()]);
      else await this.#loadRest();
      this.#early = null;
      this.#tail = [];
      this.#show({});
    } catch (error) {
      this.#show({ error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  async #loadNewest(): Promise<void> {
    const [state, { events }] = await Promise.all([
      this.#source.state(),
      this.#source.events(0, newest, true),
    ]);
    this.#early = { position: state.position, picture: pictureFromPlain(this.#history.run, state.state) };
    this.#tail = events.map(fromWire).sort((one, other) => one.position - other.position);
    this.#show({ last: Math.max(state.position, this.#view.last) });
  }

  async #loadRest(): Promise<void> {
    while (this.#history.length < this.#view.last && !this.#isClosed) {
      const from = this.#history.length;
      const starts = Array.from({ length: lanes }, (_, lane) => from + lane * page);
      const wanted = starts.filter((after) => after < this.#view.last);
      const answers = await Promise.all(wanted.map(async (after) => this.#source.events(after, page, false)));
      for (const { events } of answers) this.#take(events);
      if (this.#history.length === from) throw new Error(`The server did not give event ${from + 1}.`);
      this.#show({ last: Math.max(this.#view.last, ...answers.map(({ last }) => last)) });
    }
  }

  #take(wired: readonly WireEvent[]): void {
    const events = wired.map(fromWire);
    const before = this.#history.length;
    const added = this.#history.append(events);
    if (added === 0) return;
    for (const { position, bytes } of wired) if (position > before) this.#sizes[position - 1] = bytes;
    this.#view = {
      ...this.#view,
      markers: [...this.#view.markers, ...markersOf(this.#history.events.slice(before))],
    };
  }

  #show(change: Partial<FeedView>): void {
    const { length } = this.#history;
    const last = Math.max(length, change.last ?? this.#view.last);
    const [history, tail] = [this.#history, this.#tail];
    const first = tail[0]?.position ?? Number.POSITIVE_INFINITY;
    // Another function whenever there is more to find: what was computed with the one of before is computed again.
    const eventAt = (position: number): RecordedEvent | null =>
      history.eventAt(position) ?? tail[position - first] ?? null;
    this.#view = { ...this.#view, ...change, length, last, isWhole: length === last && last > 0, eventAt };
    for (const changed of this.#watchers) changed();
  }
}
