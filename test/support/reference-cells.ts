import type { Outcome } from "./programs.ts";

/** Something that ends once; whoever watches is told at once, in the order of watching. */
export class Cell {
  #outcome: Outcome | null = null;
  readonly #watchers: ((outcome: Outcome) => void)[] = [];

  settle(outcome: Outcome): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    for (const watcher of this.#watchers.splice(0)) watcher(outcome);
  }

  watch(watcher: (outcome: Outcome) => void): void {
    if (this.#outcome === null) this.#watchers.push(watcher);
    else watcher(this.#outcome);
  }

  get outcome(): Outcome | null {
    return this.#outcome;
  }
}

export function all(cells: readonly Cell[]): Cell {
  const joined = new Cell();
  const values: unknown[] = [];
  let missing = cells.length;
  for (const [index, cell] of cells.entries()) {
    cell.watch((outcome) => {
      if (!outcome.ok) return joined.settle(outcome);
      values[index] = outcome.value;
      missing -= 1;
      if (missing === 0) joined.settle({ ok: true, value: values });
    });
  }
  return joined;
}

export function race(cells: readonly Cell[]): Cell {
  const joined = new Cell();
  for (const [win, cell] of cells.entries()) {
    cell.watch((outcome) =>
      joined.settle(outcome.ok ? { ok: true, value: { win, value: outcome.value } } : outcome),
    );
  }
  return joined;
}
