/** The AbortSignal of one attempt; made when somebody looks at it, as most tasks never do. */
export class AttemptAbort {
  readonly #outer: AbortSignal; // the worker lost the run, or must stop
  #controller: AbortController | null = null;
  #reason: Error | null = null; // why this attempt was aborted; null = it was not
  #isClosed = false;
  readonly #forward = (): void => this.#controller?.abort(this.#outer.reason);

  constructor(outer: AbortSignal) {
    this.#outer = outer;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason);
      else if (this.#outer.aborted) this.#forward();
      else if (!this.#isClosed) this.#outer.addEventListener("abort", this.#forward, { once: true });
    }
    return this.#controller.signal;
  }

  /** Why this attempt itself was aborted; null = it was not, whatever became of its worker. */
  get reason(): Error | null {
    return this.#reason;
  }

  /** Nobody waits for this attempt any more: it is over time, or cancelled. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  /** The attempt has ended; what is around it outlives it by far, and must not hold on to it. */
  close(): void {
    this.#isClosed = true;
    if (this.#controller !== null) this.#outer.removeEventListener("abort", this.#forward);
  }
}
