import { type EndHook, hookName } from "../base/hook-keys.ts";
import { invoke, noBounds, type TaskSpec, type UserFunction } from "../engine/specs.ts";

/** What a hook sees of the transaction that its task was called in. */
export interface EndedTransaction {
  readonly key: string;
  /** What the transaction has set. */
  get(name: string): unknown;
}

/** The call that a hook is for. */
export interface TransactedCall<Args extends readonly unknown[], Result> {
  readonly args: Args;
  readonly result: Result;
}

/** Called when a transaction ends, for a task that was called in it: to undo it, or to make it final. */
export type TransactionHook<Args extends readonly unknown[], Result> = (
  txn: EndedTransaction,
  call: TransactedCall<Args, Result>,
) => unknown;

/** A transaction as it is recorded for its hooks. */
export interface RecordedTransaction {
  readonly key: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/** The task that runs a hook. What `policy` does not say is as in the hook's own task. */
export function toHookTask(
  task: TaskSpec,
  hook: EndHook,
  fn: UserFunction,
  policy: Partial<Pick<TaskSpec, "retry" | "timeoutMs" | "queue">>,
): TaskSpec {
  return {
    ...task,
    ...policy,
    name: hookName(task.name, hook),
    fn: async (txn: RecordedTransaction, call: unknown) => invoke(fn, [toEnded(txn), call]),
    bounds: { ...noBounds, maxCrashes: task.bounds.maxCrashes },
    key: null,
    overridden: false,
    cache: null,
    results: null,
    rollback: null,
    commit: null,
    hooks: null,
  };
}

function toEnded({ key, values }: RecordedTransaction): EndedTransaction {
  return { key, get: (name) => values.get(name) };
}
