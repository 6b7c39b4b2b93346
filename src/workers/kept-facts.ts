import type { LocalFact } from "./due-task.ts";

/**
 * Answers of an earlier attempt of the flow that its calls wait for. They are given one in a turn, in the order in which
 * the earlier attempt was given them, and before anything else: so whoever won a race then, wins it again.
 */
export class KeptFacts {
  readonly #orderOf: (key: string) => number;
  readonly #waiting = new Map<string, LocalFact>(); // by key of the call

  constructor(orderOf: (key: string) => number) {
    this.#orderOf = orderOf;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** @returns false when the fact is not about an earlier attempt */
  take(fact: LocalFact): boolean {
    const { event } = fact;
    if (event.type !== "CallReused") return false;
    this.#waiting.set(event.data.key, fact);
    return true;
  }

  /** null = there is none */
  next(): LocalFact | null {
    if (this.#waiting.size === 0) return null;
    let first = "";
    let before = Number.POSITIVE_INFINITY;
    for (const key of this.#waiting.keys()) {
      const order = this.#orderOf(key);
      if (order < before) [first, before] = [key, order];
    }
    const fact = this.#waiting.get(first) ?? null;
    this.#waiting.delete(first);
    return fact;
  }

  /** The flow does not wait for these calls any more. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#waiting.delete(key);
  }
}
