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
  wait(ms: number, clock: Clock): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        const wasAwake = this.#isAwake;
        this.#isAwake = false;
        this.#resolve = null;
        resolve(wasAwake);
      };
      if (this.#isAwake) return end();
      const forget = clock.after(ms, end);
      this.#resolve = () => {
        forget();
        end();
      };
    });
  }

  /** What woke it until now is being looked at. */
  rest(): void {
    this.#isAwake = false;
  }
}
