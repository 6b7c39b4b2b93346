import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { foldPicture } from "../../../src/projections/fold-picture.ts";
import { newPicture, type RunPicture } from "../../../src/projections/run-picture.ts";
import { forkPicture } from "./fork-picture.ts";

const eventsPerSnapshot = 500;

interface Moment {
  readonly n: number; // how many events it holds
  readonly picture: RunPicture;
}

/**
 * The events of a run from the first one on, and its state after any of them: the fold of the server, from the nearest
 * snapshot before. Pictures that it has given away never change.
 */
export class RunHistory {
  readonly run: string;
  readonly #events: RecordedEvent[] = [];
  readonly #snapshots: Moment[];
  #latest: Moment; // that was asked for: the next one is often a few events further
  #head: Moment; // the newest: looking back does not make it anew

  constructor(run: string) {
    this.run = run;
    this.#latest = { n: 0, picture: newPicture(run) };
    this.#head = this.#latest;
    this.#snapshots = [this.#latest];
  }

  /** How many events it holds: all positions up to this one. */
  get length(): number {
    return this.#events.length;
  }

  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  eventAt(position: number): RecordedEvent | null {
    return this.#events[position - 1] ?? null;
  }

  /**
   * Takes the events that follow what it has; those that it has already are passed over, as a stream that resumes may
   * repeat some. Answers how many were new; the first gap ends it: the caller has to fetch what lies in between.
   */
  append(events: readonly RecordedEvent[]): number {
    const before = this.#events.length;
    for (const event of events) {
      if (event.position <= this.#events.length) continue;
      if (event.position !== this.#events.length + 1) break;
      this.#events.push(event);
    }
    return this.#events.length - before;
  }

  /** The newest state, which the server has folded already: it is gone on from here. Of no use if it is ahead. */
  adopt(picture: RunPicture): void {
    const n = picture.summary.position;
    if (n > this.#head.n && n <= this.#events.length) this.#head = { n, picture };
  }

  /** Folds what is here as far as snapshots go, so that nobody has to wait for it who looks back. */
  prepare(): void {
    this.#snapshotBefore(this.#events.length);
  }

  /** The run after its first `n` events; the newest state for an `n` beyond its end. The same one until there is news. */
  stateAt(n: number): RunPicture {
    const wanted = Math.max(0, Math.min(Math.trunc(n), this.#events.length));
    if (wanted === this.#events.length) return this.#newest();
    const snapshot = this.#snapshotBefore(wanted);
    const isCloser = this.#latest.n <= wanted && this.#latest.n > snapshot.n;
    this.#latest = this.#foldTo(wanted, isCloser ? this.#latest : snapshot);
    return this.#latest.picture;
  }

  #newest(): RunPicture {
    const n = this.#events.length;
    const snapshot = n - this.#head.n > eventsPerSnapshot ? this.#snapshotBefore(n) : this.#head;
    this.#head = this.#foldTo(n, snapshot.n > this.#head.n ? snapshot : this.#head);
    return this.#head.picture;
  }

  #snapshotBefore(n: number): Moment {
    const index = Math.floor(n / eventsPerSnapshot);
    for (let next = this.#snapshots.length; next <= index; next += 1) {
      const before = this.#snapshots[next - 1];
      if (before === undefined) break; // there is one from the beginning
      this.#snapshots.push(this.#foldTo(next * eventsPerSnapshot, before));
    }
    return this.#snapshots[index] ?? this.#latest;
  }

  #foldTo(n: number, from: Moment): Moment {
    if (from.n === n) return from;
    const { picture, close } = forkPicture(from.picture);
    for (let index = from.n; index < n; index += 1) {
      const event = this.#events[index];
      if (event !== undefined) foldPicture(picture, event);
    }
    close();
    return { n, picture };
  }
}
