import type { Clock } from "./clock.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly isOver: () => boolean; // it does not want a place any more
}

const never = (): boolean => false;

/** Places for attempts of queued tasks of one queue and flow in this process. */
export class TaskPlaces {
  readonly #total: number;
  readonly #waiting: Waiting[] = []; // for a place that they will take
  readonly #idle: (() => void)[] = []; // until there is a place that nobody waits for
  readonly #clock: Pick<Clock, "now">;
  #isClosed = false;
  #used = 0;
  freedAt = 0; // epoch ms; when a place came free

  constructor(total: number, clock: Pick<Clock, "now">) {
    this.#total = total;
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#used >= this.#total;
  }

  /** Does the work in a place; waits for one. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    while (this.isFull) await this.untilFree(never);
    this.#used += 1;
    try {
      return await work();
    } finally {
      this.#used -= 1;
      this.freedAt = this.#clock.now();
      this.#tell();
    }
  }

  /** Resolves when a place came free, which the caller takes unless somebody was quicker, or when it is over. */
  async untilFree(isOver: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push({ resolve, isOver });
    });
  }

  /** Resolves when a place was left that nobody waited for, one caller for each. */
  async untilSpare(): Promise<void> {
    if (!this.isFull || this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Somebody does not want to wait any more. */
  look(): void {
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.isOver()) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }

  /** Nothing more is to come: whoever waits for a spare place, waits no more. */
  close(): void {
    this.#isClosed = true;
    this.look();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #tell(): void {
    const next = this.#waiting.shift()?.resolve ?? this.#idle.shift();
    next?.();
  }
}
