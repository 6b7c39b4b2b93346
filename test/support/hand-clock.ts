import type { Clock } from "../../src/workers/clock.ts";

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock whose time passes when the test says so. */
export class HandClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  drain(done: () => void): void {
    setImmediate(done);
  }

  /** Resolves when every microtask has run. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.drain(resolve));
  }

  chance(): number {
    return 0;
  }

  /** Lets time pass; timers fire in their order, and promises settle between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await this.settled();
    }
    this.#now = end;
    await this.settled();
  }

  /** Time passes and no timer fires: a process that computes. */
  block(ms: number): void {
    this.#now += ms;
  }
}
