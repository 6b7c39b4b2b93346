import type { NewNote } from "./calls.ts";

interface Notebook {
  readonly replaying: boolean;
  note(note: NewNote): void;
}

/**
 * Which changes of its code a run has taken part in. A run that passed the spot before the change keeps the old way; one
 * that comes there now takes the new way and says so in its history. Decided once for each change and run.
 */
export class Patches {
  readonly #recorded: ReadonlySet<string>;
  readonly #notebook: Notebook;
  readonly #decided = new Map<string, boolean>();

  constructor(recorded: ReadonlySet<string>, notebook: Notebook) {
    this.#recorded = recorded;
    this.#notebook = notebook;
  }

  /** Tells whether the run takes the new way. */
  decide(id: string): boolean {
    const before = this.#decided.get(id);
    if (before !== undefined) return before;
    const isNew = this.#recorded.has(id) || !this.#notebook.replaying;
    this.#decided.set(id, isNew);
    if (isNew) this.#notebook.note({ kind: "patch", key: id });
    return isNew;
  }

  /** The old way is gone from the code; histories that hold the mark still match. */
  retire(id: string): void {
    if (this.#recorded.has(id)) this.decide(id);
  }
}
