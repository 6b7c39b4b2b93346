import type { Clock } from "./clock.ts";

/** Wakes one waiter, now or the next time that it waits. */
export class Waker {
  #isAwake = false;
  #resolve: (() => void) | null = null;

  wake(): void {
    this.#isAwake = true;
    this.#resolve?.();
  }

  /** @returns false when `ms` went by without a wake-up */
  async wait(ms: number, clock: Clock): Promise<boolean> {
    if (!this.#isAwake) {
      await new Promise<void>((resolve) => {
        const forget = clock.after(ms, resolve);
        this.#resolve = () => {
          forget();
          resolve();
        };
      });
      this.#resolve = null;
    }
    const wasAwake = this.#isAwake;
    this.#isAwake = false;
    return wasAwake;
  }
}
