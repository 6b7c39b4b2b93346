import { setMaxListeners } from "node:events";

/** Whoever has a signal, perhaps one that is not made yet. */
interface HasSignal {
  readonly signal: AbortSignal;
}

/** The AbortSignal of all attempts of a run in this process; made when one of them is looked at. */
export class SharedAbort implements HasSignal {
  readonly #stop: AbortSignal; // the run leaves this process
  #controller: AbortController | null = null;
  #reason: Error | null = null; // null = nobody interrupted them

  constructor(stop: AbortSignal) {
    this.#stop = stop;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#make();
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  #make(): AbortController {
    const controller = new AbortController();
    const stop = this.#stop;
    setMaxListeners(0, controller.signal); // every attempt may listen; they are no leak
    if (this.#reason !== null) controller.abort(this.#reason);
    else if (stop.aborted) controller.abort(stop.reason);
    else stop.addEventListener("abort", () => controller.abort(stop.reason), { once: true });
    return controller;
  }
}

/** The AbortSignal of one attempt; made when somebody looks at it, as most tasks never do. */
export class AttemptAbort {
  readonly #outer: HasSignal; // the worker lost the run, or must stop
  #controller: AbortController | null = null;
  #reason: Error | null = null; // why this attempt was aborted; null = it was not
  #isClosed = false;
  readonly #forward = (): void => this.#controller?.abort(this.#outer.signal.reason);

  constructor(outer: HasSignal) {
    this.#outer = outer;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason);
      else if (this.#outer.signal.aborted) this.#forward();
      else if (!this.#isClosed) this.#outer.signal.addEventListener("abort", this.#forward, { once: true });
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
    if (this.#controller !== null) this.#outer.signal.removeEventListener("abort", this.#forward);
  }
}
