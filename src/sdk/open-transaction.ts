import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";

/** Where a transaction stands; STAGED = its code has ended well, and it is committed with the one around it. */
export type TransactionState = "PENDING" | "ACTIVE" | "STAGED" | "COMMITTED" | "ROLLED_BACK";

/** A group of tasks that are committed or rolled back together. */
export interface Transaction {
  readonly key: string;
  readonly state: TransactionState;
  /** Keeps a value for the hooks, and for transactions inside this one, which get copies. It must be recordable. */
  set(name: string, value: unknown): void;
  /** What was set here or, before this transaction began, around it; undefined = nothing. */
  get(name: string): unknown;
}

/** A call of a task that ended well in a transaction. Arguments and result are copies: the flow may change its own. */
export interface DoneCall {
  readonly transaction: OpenTransaction;
  readonly spec: TaskSpec;
  readonly key: string;
  readonly args: unknown;
  readonly result: unknown;
}

type Call = Omit<DoneCall, "transaction" | "result">;

/**
 * What a transaction knows while its code runs. It lives in the flow's memory, and a replay makes it again: all that is
 * in it comes from the flow's code and from what was delivered to it.
 */
export class OpenTransaction implements Transaction {
  readonly key: string;
  readonly done: DoneCall[] = []; // in the order in which they ended
  readonly values: Map<string, unknown>;
  #state: TransactionState = "PENDING";
  #isClosed = false;
  readonly #staged: OpenTransaction[] = []; // that end with this one
  readonly #underWay = new Map<Promise<unknown>, TaskSpec>();

  constructor(key: string, parent: OpenTransaction | null) {
    this.key = key;
    this.values = parent === null ? new Map<string, unknown>() : copyOf(parent.values, "The values");
  }

  get state(): TransactionState {
    return this.#state;
  }

  set(name: string, value: unknown): void {
    fingerprint(value, `The value ${JSON.stringify(name)} of transaction ${this.key}`);
    this.values.set(name, value);
  }

  get(name: string): unknown {
    return this.values.get(name);
  }

  begin(): void {
    this.#state = "ACTIVE";
  }

  /** Why nothing can be called in it any more; null = it can. */
  refusal(): EngineError | null {
    if (!this.#isClosed) return null;
    return new EngineError(
      "COMMAND_REFUSED",
      `Transaction ${this.key} is over, and a task was called in it. Await what the transaction calls before it ends.`,
      { transaction: this.key },
    );
  }

  /** A task was called. */
  called(spec: TaskSpec, promise: Promise<unknown>): void {
    this.#underWay.set(promise, spec);
    const forget = (): void => void this.#underWay.delete(promise);
    promise.then(forget, forget);
  }

  /** What it asked for is under way; the flow is told of the result after this transaction. */
  started({ spec, key, args }: Call, promise: Promise<unknown>): void {
    if (!hasEndHook(spec)) return;
    const given = copyOf(args, `The arguments of task ${key}`);
    promise.then(
      (result) => {
        const copy = copyOf(result, `The result of task ${key}`);
        this.done.push({ transaction: this, spec, key, args: given, result: copy });
      },
      () => undefined, // there is nothing to undo
    );
  }

  /** Waits until what was called in here has ended; after a failure, only for what may have to be undone. */
  async ended(which: "all" | "undoable"): Promise<void> {
    for (;;) {
      const open = [...this.#underWay].filter(([, spec]) => which === "all" || hasEndHook(spec));
      if (open.length === 0) return;
      await Promise.allSettled(open.map(async ([promise]) => promise));
    }
  }

  /** Nothing is called in it from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** It is committed or rolled back with the one around it. */
  stageIn(parent: OpenTransaction): void {
    this.#state = "STAGED";
    parent.done.push(...this.done);
    parent.#staged.push(this);
  }

  end(state: "STAGED" | "COMMITTED" | "ROLLED_BACK"): void {
    this.#state = state;
    for (const inner of this.#staged) inner.end(state);
  }
}

function hasEndHook({ rollback, commit }: TaskSpec): boolean {
  return rollback !== null || commit !== null;
}

function copyOf<T>(value: T, what: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was encoded comes back as it was
  return decodeValue(encodeValue(value), what) as T;
}
