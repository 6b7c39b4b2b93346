import type { RecordedEvent } from "../events/envelope.ts";
import type { Projection } from "./define.ts";
import { packDocument, unpackDocument } from "./document.ts";
import { foldRun } from "./fold-run.ts";
import { indexesOf } from "./run-indexes.ts";
import { newSummary, type RunSummary } from "./run-summary.ts";

/** A run's document as it is to be stored, and the indexes that it leaves and enters. */
export interface RunChange {
  readonly run: string;
  readonly createdAt: number;
  readonly bytes: Uint8Array;
  readonly leaves: readonly string[];
  readonly enters: readonly string[];
}

export interface DocumentChange {
  readonly projection: string;
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface ViewChanges {
  readonly runs: readonly RunChange[];
  readonly documents: readonly DocumentChange[];
}

/** What became of an event: folded; known already; or out of turn, as events before it are missing here. */
export type Folded = "applied" | "known" | "gap";

/** The documents of one projection: by id, and which of them are to be stored. */
interface Shelf {
  readonly projection: Projection;
  readonly documents: Map<string, object>;
  readonly changed: Set<string>;
}

/**
 * The documents of one shard in memory, and what changed since they were stored. The summary of a run knows its
 * position, and everything is stored in one step: that is why each event counts exactly once in all of them.
 */
export class View {
  readonly #shelves: readonly Shelf[];
  readonly #runs = new Map<string, RunSummary>();
  readonly #indexed = new Map<string, readonly string[]>(); // run -> its stored indexes
  readonly #changedRuns = new Set<string>();

  constructor(projections: readonly Projection[]) {
    this.#shelves = projections.map((projection) => ({
      projection,
      documents: new Map(),
      changed: new Set(),
    }));
  }

  knows(run: string): boolean {
    return this.#runs.has(run);
  }

  /** Takes the stored summary of a run; null = there is none. */
  load(run: string, bytes: Uint8Array | null): void {
    const blank = newSummary(run);
    const summary = bytes === null ? blank : unpackDocument(bytes, blank);
    this.#runs.set(run, summary);
    this.#indexed.set(run, bytes === null ? [] : indexesOf(summary));
  }

  loadDocument(projection: string, id: string, bytes: Uint8Array): void {
    const shelf = this.#shelves.find((one) => one.projection.name === projection);
    shelf?.documents.set(id, unpackDocument(bytes, shelf.projection.initial()));
  }

  /** Up to where a loaded run is folded; 0 = nothing. */
  positionOf(run: string): number {
    return this.#runs.get(run)?.position ?? 0;
  }

  /** How many runs are to be stored. */
  get changedRuns(): number {
    return this.#changedRuns.size;
  }

  /** The run must be loaded. */
  apply(event: RecordedEvent): Folded {
    const summary = this.#runs.get(event.run);
    if (summary === undefined || event.position > summary.position + 1) return "gap";
    if (event.position <= summary.position) return "known";
    const change = foldRun(summary, event);
    this.#changedRuns.add(event.run);
    for (const shelf of this.#shelves) {
      const { projection } = shelf;
      if (!projection.events.has(event.type)) continue;
      const id = projection.idOf(change);
      if (id !== null) projection.apply(documentIn(shelf, id), change);
    }
    return "applied";
  }

  /** What is to be stored now; the view stays as it is until `stored` or `forget`. */
  changes(): ViewChanges {
    const runs = [...this.#changedRuns].flatMap((run) => {
      const summary = this.#runs.get(run);
      if (summary === undefined) return [];
      const before = this.#indexed.get(run) ?? [];
      const after = indexesOf(summary);
      const leaves = before.filter((index) => !after.includes(index));
      const enters = after.filter((index) => !before.includes(index));
      return [{ run, createdAt: summary.createdAt, bytes: packDocument(summary), leaves, enters }];
    });
    const documents = this.#shelves.flatMap(({ projection: { name }, documents: all, changed }) =>
      [...changed].flatMap((id) => {
        const document = all.get(id);
        return document === undefined ? [] : [{ projection: name, id, bytes: packDocument(document) }];
      }),
    );
    return { runs, documents };
  }

  /** The changes are stored; runs that have ended are not needed any more. */
  stored(): void {
    for (const run of this.#changedRuns) {
      const summary = this.#runs.get(run);
      if (summary === undefined || summary.endedAt !== null) this.drop(run);
      else this.#indexed.set(run, indexesOf(summary));
    }
    this.#changedRuns.clear();
    for (const { changed } of this.#shelves) changed.clear();
  }

  /** Keeps at most about `limit` open runs in memory; call it right after `stored`. */
  shrink(limit: number): void {
    for (const run of this.#runs.keys()) {
      if (this.#runs.size <= limit) return;
      this.drop(run);
    }
  }

  drop(run: string): void {
    this.#runs.delete(run);
    this.#indexed.delete(run);
  }

  /** Every document in stored form, for comparing: projection -> id -> bytes. */
  packed(): ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> {
    return new Map(
      this.#shelves.map(({ projection, documents }) => [
        projection.name,
        new Map([...documents].map(([id, document]) => [id, packDocument(document)] as const)),
      ]),
    );
  }

  /** A loaded run in stored form; null = it is not loaded. */
  packedRun(run: string): Uint8Array | null {
    const summary = this.#runs.get(run);
    return summary === undefined ? null : packDocument(summary);
  }
}

/** The document of an id, to be changed. */
function documentIn({ projection, documents, changed }: Shelf, id: string): object {
  changed.add(id);
  let document = documents.get(id);
  if (document === undefined) {
    document = projection.initial();
    documents.set(id, document);
  }
  return document;
}
