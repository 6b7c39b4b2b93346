/** A place in memory for a run that only waits. */
export interface LingerPlace {
  /** Takes the place, unless it has it; false = there is none. */
  enter(): boolean;
  readonly entered: Promise<void>;
  leave(): void;
}

/** Runs that stay in memory for a while because something near is awaited: they give up their slots of the worker. */
export class Lingering {
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  place(): LingerPlace {
    let isHeld = false;
    let tell = (): void => undefined;
    const entered = new Promise<void>((resolve) => {
      tell = resolve;
    });
    return {
      entered,
      enter: () => {
        if (isHeld) return true;
        if (this.#count >= this.#most) return false;
        this.#count += 1;
        isHeld = true;
        tell();
        return true;
      },
      leave: () => {
        if (isHeld) this.#count -= 1;
        isHeld = false;
      },
    };
  }
}
