import type { Failure, Outcome } from "./programs.ts";

/** What a program throws in the reference. */
export class Thrown extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How a program counts what happens at once: what ends at one instant, ends in an order that nobody promises. */
export interface Instants {
  readonly instant: number;
  isAmbiguous: boolean;
}

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

/** Ends with the first of several ends; where two of the same instant differ, nobody can say which one that is. */
class Joined extends Cell {
  readonly #time: Instants;
  #at = -1;

  constructor(time: Instants) {
    super();
    this.#time = time;
  }

  override settle(outcome: Outcome): void {
    const before = this.outcome;
    if (before === null) this.#at = this.#time.instant;
    else if (this.#at === this.#time.instant && !isSame(before, outcome)) this.#time.isAmbiguous = true;
    super.settle(outcome);
  }
}

function isSame(one: Outcome, other: Outcome): boolean {
  if (one.ok || other.ok) return one.ok && other.ok && one.value === other.value;
  return one.message === other.message && one.isCancel === other.isCancel;
}

export function all(cells: readonly Cell[], time: Instants): Cell {
  const joined = new Joined(time);
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

/** What one of several cells becomes of the first one that ends. */
export function first(
  cells: readonly Cell[],
  time: Instants,
  toOutcome: (outcome: Outcome, index: number) => Outcome,
): Cell {
  const joined = new Joined(time);
  for (const [index, cell] of cells.entries())
    cell.watch((outcome) => joined.settle(toOutcome(outcome, index)));
  return joined;
}

export function race(cells: readonly Cell[], time: Instants): Cell {
  return first(cells, time, (outcome, win) =>
    outcome.ok ? { ok: true, value: { win, value: outcome.value } } : outcome,
  );
}

/** Ends well when all have ended, well or not. */
export function allEnded(cells: readonly Cell[]): Cell {
  const joined = new Cell();
  let missing = cells.length;
  if (missing === 0) joined.settle({ ok: true, value: undefined });
  for (const cell of cells) {
    cell.watch(() => {
      missing -= 1;
      if (missing === 0) joined.settle({ ok: true, value: undefined });
    });
  }
  return joined;
}
