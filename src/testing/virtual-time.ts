import { AsyncResource } from "node:async_hooks";
import type { Clock } from "../workers/clock.ts";

interface Timer {
  readonly owner: string;
  readonly at: number; // epoch ms
  readonly wake: () => void;
}

/** Time that stands still until somebody sets it, and the timers that wait for it. */
export class VirtualTime {
  #now: number;
  #timers: Timer[] = [];
  #chance = 1;
  #changes = 0;

  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** Grows with everything that somebody does here. */
  get changes(): number {
    return this.#changes;
  }

  /** When the next timer is due; null = there is none. */
  get nextAt(): number | null {
    let next: number | null = null;
    for (const { at } of this.#timers) next = next === null ? at : Math.min(next, at);
    return next;
  }

  set(now: number): void {
    this.#now = Math.max(this.#now, now);
  }

  /** Fires what is due, in order. @returns whether anything was */
  fireDue(): boolean {
    const due = this.#timers.filter(({ at }) => at <= this.#now).sort((one, other) => one.at - other.at);
    if (due.length === 0) return false;
    for (const timer of due) if (this.#remove(timer)) timer.wake(); // one may forget another
    return true;
  }

  /** The clock of one process of the harness. */
  clockOf(owner: string): Clock {
    return {
      now: () => this.#now,
      after: (ms, wake) => {
        const timer: Timer = { owner, at: this.#now + Math.max(0, ms), wake: AsyncResource.bind(wake) };
        this.#timers.push(timer);
        this.#changes += 1;
        return () => void this.#remove(timer);
      },
      drain: (done) => {
        this.#changes += 1;
        setImmediate(done);
      },
      chance: () => this.#draw(),
    };
  }

  /** A process is gone, and its timers with it. */
  forget(owner: string): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  #remove(timer: Timer): boolean {
    const index = this.#timers.indexOf(timer);
    if (index < 0) return false;
    this.#timers.splice(index, 1);
    this.#changes += 1;
    return true;
  }

  /** The same numbers in every test: a generator of Park and Miller. */
  #draw(): number {
    this.#chance = (this.#chance * 48_271) % 2_147_483_647;
    return this.#chance / 2_147_483_647;
  }
}
