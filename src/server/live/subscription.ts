import type { Cursor } from "./cursor.ts";
import { type FeedPlace, type FeedPlaces, isBehind } from "./feed-places.ts";
import type { Frame, Piece } from "./frame.ts";

export interface Bounds {
  readonly frameMs: number; // at least so long from one frame to the next
  readonly pieces: number; // that may wait for a client
  readonly bytes: number; // the same
}

export const usualBounds: Bounds = { frameMs: 100, pieces: 2_000, bytes: 1024 * 1024 };

export interface PlacedPiece extends Piece {
  readonly position: number;
}

export interface RowPiece extends PlacedPiece {
  readonly run: string;
}

interface RunPart {
  sent: number; // position of the last event in a frame
  read: number; // position of the last event that waits, or was sent
  waiting: PlacedPiece[];
}

interface FeedPart<Waiting> {
  sent: FeedPlace[];
  read: FeedPlace[];
  waiting: Waiting;
}

/**
 * What one client is told: merges its topics into frames, and knows how far they have come. Knows no network and no
 * Redis. Invariants: (1) the events of a run in the frames follow each other without gap or repetition, from the position
 * that the client named, or that a reset named; (2) the cursor of a frame is behind everything in this frame and the
 * ones before, and before everything that still waits; (3) two frames are `frameMs` apart at least.
 */
export class Subscription {
  readonly #bounds: Bounds;
  readonly #write: (cursor: Cursor) => string;
  readonly #runs: Map<string, RunPart>;
  readonly #rows: FeedPart<Map<string, RowPiece>> | null;
  readonly #log: FeedPart<Piece[]> | null;
  #capacity: Piece | null = null;
  #isReset = false;
  #pieces = 0;
  #bytes = 0;
  #lastFrameAt = Number.NEGATIVE_INFINITY;

  constructor(begin: Cursor, write: (cursor: Cursor) => string, bounds: Bounds = usualBounds) {
    this.#bounds = bounds;
    this.#write = write;
    this.#runs = new Map(
      [...begin.runs].map(([run, position]) => [run, { sent: position, read: position, waiting: [] }]),
    );
    this.#rows = begin.rows === null ? null : { ...partFrom(begin.rows), waiting: new Map() };
    this.#log = begin.log === null ? null : { ...partFrom(begin.log), waiting: [] };
  }

  /** Pieces that still find room; 0 = none, whatever their number. */
  get room(): number {
    return this.#bytes >= this.#bounds.bytes ? 0 : Math.max(0, this.#bounds.pieces - this.#pieces);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return !this.#isReset && this.#pieces === 0;
  }

  /** When the next frame may go out, in epoch ms. */
  get nextAt(): number {
    return this.#lastFrameAt + this.#bounds.frameMs;
  }

  /** Up to which position events of a run were given here. */
  positionOf(run: string): number {
    return this.#runs.get(run)?.read ?? 0;
  }

  rowsPlace(shard: number): FeedPlace | null {
    return this.#rows?.read[shard] ?? null;
  }

  logPlace(shard: number): FeedPlace | null {
    return this.#log?.read[shard] ?? null;
  }

  /** Events of a run; those that it has, and those behind a gap, are left out. */
  addEvents(run: string, events: readonly PlacedPiece[]): void {
    const part = this.#runs.get(run);
    if (part === undefined) return;
    for (const event of events) {
      if (event.position !== part.read + 1) continue;
      part.read = event.position;
      part.waiting.push(event);
      this.#count(event);
    }
  }

  /** Rows of runs, and how far the feed of their shard has come with them. A newer row of a run takes the place of an older one. */
  addRows(shard: number, rows: readonly RowPiece[], place: FeedPlace): void {
    const part = this.#rows;
    if (part === null) return;
    for (const row of rows) {
      const known = part.waiting.get(row.run);
      if (known !== undefined && known.position > row.position) continue;
      if (known !== undefined) this.#uncount(known);
      part.waiting.set(row.run, row);
      this.#count(row);
    }
    advance(part.read, shard, place);
  }

  /** Events of the feed of a shard, and how far it has come with them. */
  addLog(shard: number, events: readonly Piece[], place: FeedPlace): void {
    const part = this.#log;
    if (part === null) return;
    for (const event of events) {
      part.waiting.push(event);
      this.#count(event);
    }
    advance(part.read, shard, place);
  }

  /** How queues, workers and limits are; only the newest counts. */
  setCapacity(capacity: Piece): void {
    if (this.#capacity !== null) this.#uncount(this.#capacity);
    this.#capacity = capacity;
    this.#count(capacity);
  }

  /** Forgets what waits, and goes on from `newest`: the next frame says so. What it does not name stays. */
  skip(newest: Partial<Cursor>): void {
    for (const [run, position] of newest.runs ?? []) this.#skipRun(run, position);
    if (newest.rows) this.#skipRows(newest.rows);
    if (newest.log) this.#skipLog(newest.log);
    this.#isReset = true;
  }

  /** The next frame; null = there is no news, or it is too early. */
  take(now: number): Frame | null {
    if (this.isEmpty || now < this.nextAt) return null;
    this.#lastFrameAt = now;
    if (this.#isReset) {
      this.#isReset = false;
      return { id: this.cursor(), event: "reset", data: JSON.stringify(this.#positions()) };
    }
    const parts = this.#takeParts();
    this.#pieces = 0;
    this.#bytes = 0;
    return { id: this.cursor(), event: "batch", data: `[${parts.join(",")}]` };
  }

  /** How far the frames have come. */
  cursor(): string {
    return this.#write({
      runs: new Map([...this.#runs].map(([run, { sent }]) => [run, sent])),
      rows: this.#rows?.sent ?? null,
      log: this.#log?.sent ?? null,
    });
  }

  #takeParts(): readonly string[] {
    const parts: string[] = [];
    for (const [run, part] of this.#runs) {
      if (part.waiting.length > 0) parts.push(`{"topic":"run:${run}","events":${listOf(part.waiting)}}`);
      part.sent = part.read;
      part.waiting = [];
    }
    if (this.#rows !== null) {
      if (this.#rows.waiting.size > 0)
        parts.push(`{"topic":"runs","rows":${listOf([...this.#rows.waiting.values()])}}`);
      this.#rows.sent = [...this.#rows.read];
      this.#rows.waiting.clear();
    }
    if (this.#log !== null) {
      if (this.#log.waiting.length > 0) parts.push(`{"topic":"log","events":${listOf(this.#log.waiting)}}`);
      this.#log.sent = [...this.#log.read];
      this.#log.waiting = [];
    }
    if (this.#capacity !== null) parts.push(`{"topic":"capacity","capacity":${this.#capacity.json}}`);
    this.#capacity = null;
    return parts;
  }

  #positions(): readonly unknown[] {
    return [
      ...[...this.#runs].map(([run, { sent }]) => ({ topic: `run:${run}`, position: sent })),
      ...(this.#rows === null ? [] : [{ topic: "runs" }]),
      ...(this.#log === null ? [] : [{ topic: "log" }]),
    ];
  }

  #skipRun(run: string, position: number): void {
    const part = this.#runs.get(run);
    if (part === undefined) return;
    for (const event of part.waiting) this.#uncount(event);
    this.#runs.set(run, { sent: position, read: position, waiting: [] });
  }

  #skipRows(places: FeedPlaces): void {
    if (this.#rows === null) return;
    for (const row of this.#rows.waiting.values()) this.#uncount(row);
    this.#rows.waiting.clear();
    Object.assign(this.#rows, partFrom(places));
  }

  #skipLog(places: FeedPlaces): void {
    if (this.#log === null) return;
    for (const event of this.#log.waiting) this.#uncount(event);
    Object.assign(this.#log, partFrom(places), { waiting: [] });
  }

  #count({ bytes }: Piece): void {
    this.#pieces += 1;
    this.#bytes += bytes;
  }

  #uncount({ bytes }: Piece): void {
    this.#pieces -= 1;
    this.#bytes -= bytes;
  }
}

function partFrom(places: FeedPlaces): { sent: FeedPlace[]; read: FeedPlace[] } {
  return { sent: [...places], read: [...places] };
}

function advance(places: FeedPlace[], shard: number, place: FeedPlace): void {
  const known = places[shard];
  if (known !== undefined && isBehind(place, known)) places[shard] = place;
}

function listOf(pieces: readonly Piece[]): string {
  return `[${pieces.map(({ json }) => json).join(",")}]`;
}
