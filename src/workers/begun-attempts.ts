const rememberAtMost = 5_000; // attempts that are over; the log knows of older ones that they have ended

/**
 * Attempts that a process has begun, by their tickets: the hint of an attempt may come twice, and the log says only
 * which worker began it. Those at work are known for as long as they take.
 */
export class BegunAttempts {
  readonly #atWork = new Set<string>();
  readonly #over = new Set<string>();
  readonly #mostOver: number;

  constructor(mostOver = rememberAtMost) {
    this.#mostOver = mostOver;
  }

  has(ticket: string): boolean {
    return this.#atWork.has(ticket) || this.#over.has(ticket);
  }

  add(ticket: string): void {
    this.#atWork.add(ticket);
  }

  /** Its end is in the log, or is somebody else's to record. */
  end(ticket: string): void {
    this.#atWork.delete(ticket);
    this.#over.add(ticket);
    if (this.#over.size > this.#mostOver) this.#over.delete(this.#over.values().next().value ?? "");
  }

  /** It was given back, or another process has it, which may give it back: it may come again. */
  forget(ticket: string): void {
    this.#atWork.delete(ticket);
  }
}
