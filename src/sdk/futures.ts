import type { Duration } from "../base/durations.ts";
import { type FinalState, futureMark } from "../engine/final-state.ts";
import { sleep } from "./sleep.ts";

/** A submitted task that will end: `result()` for its value, `wait()` for its end, `state` for what is known. */
export class Future<T> {
  readonly key: string; // of the task run: "stats#1[3]"
  readonly #promise: Promise<T>;
  #state: FinalState | null = null;

  constructor(key: string, promise: Promise<T>) {
    this.key = key;
    this.#promise = promise;
    Object.assign(this, futureMark);
    promise.then(
      (output) => {
        this.#state = { type: "COMPLETED", name: "Completed", message: null, output, error: null };
      },
      (error: unknown) => {
        this.#state = failedState(error);
      },
    );
  }

  /** How the task ended; null = it has not, as far as this flow was told. */
  get state(): FinalState | null {
    return this.#state;
  }

  /** The task's result. Rejects with its error. */
  async result(): Promise<T> {
    return this.#promise;
  }

  /** Waits for the end, well or not. @returns false when `timeout` was first */
  async wait(timeout?: Duration): Promise<boolean> {
    const ended = this.#promise.then(isTrue, isTrue);
    return timeout === undefined ? ended : Promise.race([ended, sleep(timeout).then(isFalse)]);
  }

  async finalState(): Promise<FinalState> {
    try {
      const output = await this.#promise;
      return { type: "COMPLETED", name: "Completed", message: null, output, error: null };
    } catch (error) {
      return failedState(error);
    }
  }
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

function failedState(thrown: unknown): FinalState {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { type: "FAILED", name: "Failed", message: error.message, output: undefined, error };
}

/** What `map` returns: an array of futures with the results of all. */
export class FutureList<T> extends Array<Future<T>> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array; // list.map(f) is an array of whatever f returns
  }

  /** All results, in the order of the input. Rejects with the first error. */
  async result(): Promise<T[]> {
    return Promise.all(Array.from(this, async (future) => future.result()));
  }

  /** Waits until all have ended. @returns false when `timeout` was first */
  async wait(timeout?: Duration): Promise<boolean> {
    const { notDone } = await wait(this, timeout);
    return notDone.length === 0;
  }
}

/** Waits until all futures have ended, or `timeout` is over, and sorts them. */
export async function wait<T>(
  futures: Iterable<Future<T>>,
  timeout?: Duration,
): Promise<{ readonly done: readonly Future<T>[]; readonly notDone: readonly Future<T>[] }> {
  const all = [...futures];
  const ended = Promise.all(all.map(async (future) => future.wait()));
  await (timeout === undefined ? ended : Promise.race([ended, sleep(timeout)]));
  return {
    done: all.filter(({ state }) => state !== null),
    notDone: all.filter(({ state }) => state === null),
  };
}

/** The futures in the order in which they end. */
export async function* asCompleted<T>(
  futures: Iterable<Future<T>>,
): AsyncGenerator<Future<T>, void, undefined> {
  const all = [...futures];
  const ended: Future<T>[] = [];
  let wake = (): void => undefined;
  for (const future of all) {
    void future.wait().then(() => {
      ended.push(future);
      wake();
    });
  }
  for (let given = 0; given < all.length; given += 1) {
    if (ended.length === given) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const next = ended[given];
    if (next !== undefined) yield next;
  }
}
