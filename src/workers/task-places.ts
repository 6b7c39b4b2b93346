/** Places for attempts of queued tasks of one queue and flow in this process. */
export class TaskPlaces {
  readonly #total: number;
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get isFull(): boolean {
    return this.#used >= this.#total;
  }

  /** Does the work in a place; waits for one. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    while (this.isFull)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    this.#used += 1;
    try {
      return await work();
    } finally {
      this.#used -= 1;
      this.#waiting.shift()?.();
    }
  }
}
