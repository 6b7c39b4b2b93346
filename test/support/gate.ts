/** Lets everybody through once it was opened; or once so many have come. */
export class Gate {
  readonly #opened: Promise<void>;
  readonly #entered: Promise<void>;
  #open: () => void = () => undefined;
  #enter: () => void = () => undefined;
  #missing: number;

  constructor(opensAt = Number.POSITIVE_INFINITY) {
    this.#missing = opensAt;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.#entered = new Promise((resolve) => {
      this.#enter = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  /** Resolves when the first one has come. */
  async somebody(): Promise<void> {
    return this.#entered;
  }

  async pass(): Promise<void> {
    this.#enter();
    this.#missing -= 1;
    if (this.#missing <= 0) this.#open();
    return this.#opened;
  }
}
