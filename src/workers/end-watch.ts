import { EngineError } from "../base/errors.ts";
import { Channels } from "../redis/channels.ts";
import type { Clock } from "./clock.ts";
import type { Store } from "./settings.ts";
import { Waker } from "./waker.ts";

const recheckMs = 5_000; // a message may get lost

/** Hears of runs that end, over one connection that is opened for the first waiter. */
export class EndWatch {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<Waker>>();
  #channels: Promise<Channels> | null = null;
  #isClosed = false;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Asks `look` now, whenever the run may have ended or been blocked, and every some seconds, until it gives something.
   * @throws EngineError SHUTTING_DOWN when this is closed first, WAIT_TIMED_OUT
   */
  async until<T>(run: string, look: () => Promise<T | null>, timeoutMs: number | null): Promise<T> {
    const waker = new Waker();
    const wakers = this.#waiting.get(run) ?? new Set();
    this.#waiting.set(run, wakers.add(waker));
    const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : this.#clock.now() + timeoutMs;
    try {
      await this.#listen();
      for (;;) {
        const found = await look();
        if (found !== null) return found;
        if (this.#isClosed)
          throw new EngineError("SHUTTING_DOWN", `The client was closed while it waited for run ${run}.`, {
            run,
          });
        const leftMs = deadline - this.#clock.now();
        if (leftMs <= 0) throw tooLate(run, timeoutMs ?? 0);
        await waker.wait(Math.min(recheckMs, leftMs), this.#clock);
      }
    } finally {
      wakers.delete(waker);
      if (wakers.size === 0 && this.#waiting.get(run) === wakers) this.#waiting.delete(run);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wakers of this.#waiting.values()) for (const waker of wakers) waker.wake();
    (await this.#channels)?.close();
  }

  async #listen(): Promise<void> {
    this.#channels ??= this.#subscribe();
    await this.#channels;
  }

  async #subscribe(): Promise<Channels> {
    const { address, namespace } = this.#store;
    const channels = new Channels(address, namespace.name);
    await channels.onEnded((run) => {
      for (const waker of this.#waiting.get(run) ?? []) waker.wake();
    });
    return channels;
  }
}

function tooLate(run: string, timeoutMs: number): EngineError {
  const text = `Run ${run} has not ended within ${timeoutMs} ms. It goes on; ask again, or cancel it.`;
  return new EngineError("WAIT_TIMED_OUT", text, { run, timeoutMs });
}
