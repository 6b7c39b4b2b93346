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

/**
 * The documents of one shard in memory, and what changed since they were stored. The summary of a run knows its
 * position, and everything is stored in one step: that is why each event counts exactly once in all of them.
 */
export class View {
  readonly #projections: readonly Projection[];
  readonly #runs = new Map<string, RunSummary>();
  readonly #indexed = new Map<string, readonly string[]>(); // run -> its stored indexes
  readonly #documents = new Map<string, Map<string, object>>(); // projection -> id -> document
  readonly #dirtyRuns = new Set<string>();
  readonly #dirtyDocuments = new Map<string, Set<string>>();

  constructor(projections: readonly Projection[]) {
    this.#projections = projections;
    for (const { name } of projections) {
      this.#documents.set(name, new Map());
      this.#dirtyDocuments.set(name, new Set());
    }
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
    const blank = this.#projections.find(({ name }) => name === projection)?.initial();
    if (blank !== undefined) this.#documents.get(projection)?.set(id, unpackDocument(bytes, blank));
  }

  /** Up to where a loaded run is folded; 0 = nothing. */
  positionOf(run: string): number {
    return this.#runs.get(run)?.position ?? 0;
  }

  /** The run must be loaded. */
  apply(event: RecordedEvent): Folded {
    const summary = this.#runs.get(event.run);
    if (summary === undefined || event.position > summary.position + 1) return "gap";
    if (event.position <= summary.position) return "known";
    const change = foldRun(summary, event);
    this.#dirtyRuns.add(event.run);
    for (const projection of this.#projections) {
      if (!projection.events.has(event.type)) continue;
      const id = projection.idOf(change);
      if (id !== null) projection.apply(this.#document(projection, id), change);
    }
    return "applied";
  }

  #document({ name, initial }: Projection, id: string): object {
    this.#dirtyDocuments.get(name)?.add(id);
    const documents = this.#documents.get(name);
    let document = documents?.get(id);
    if (document === undefined) {
      document = initial();
      documents?.set(id, document);
    }
    return document;
  }

  /** What is to be stored now; the view stays as it is until `stored` or `forget`. */
  changes(): ViewChanges {
    const runs = [...this.#dirtyRuns].flatMap((run) => {
      const summary = this.#runs.get(run);
      if (summary === undefined) return [];
      const before = this.#indexed.get(run) ?? [];
      const after = indexesOf(summary);
      const leaves = before.filter((index) => !after.includes(index));
      const enters = after.filter((index) => !before.includes(index));
      return [{ run, createdAt: summary.createdAt, bytes: packDocument(summary), leaves, enters }];
    });
    const documents = [...this.#dirtyDocuments].flatMap(([projection, ids]) =>
      [...ids].flatMap((id) => {
        const document = this.#documents.get(projection)?.get(id);
        return document === undefined ? [] : [{ projection, id, bytes: packDocument(document) }];
      }),
    );
    return { runs, documents };
  }

  /** The changes are stored; runs that have ended are not needed any more. */
  stored(): void {
    for (const run of this.#dirtyRuns) {
      const summary = this.#runs.get(run);
      if (summary === undefined || summary.endedAt !== null) this.drop(run);
      else this.#indexed.set(run, indexesOf(summary));
    }
    this.#dirtyRuns.clear();
    for (const ids of this.#dirtyDocuments.values()) ids.clear();
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
      [...this.#documents].map(([projection, documents]) => [
        projection,
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
