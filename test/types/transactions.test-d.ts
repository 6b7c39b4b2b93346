import { expectTypeOf } from "vitest";
import {
  type FlowHook,
  flow,
  getTransaction,
  type Task,
  type Transaction,
  task,
  transaction,
} from "../../src/index.ts";

const charge = task("charge", async (cents: number) => ({ receipt: `r-${cents}` }));

// a hook knows what its task takes and gives, attached or as an option
charge.onRollback((txn, { args, result }) => {
  expectTypeOf(args).toEqualTypeOf<[cents: number]>();
  expectTypeOf(result).toEqualTypeOf<{ receipt: string }>();
  expectTypeOf(txn.get("x")).toBeUnknown();
});
task(
  "refundable",
  {
    onRollback: (_txn, { args: [cents], result }) => result.receipt.repeat(cents),
    rollback: { retries: 3, timeout: "5s" },
    onCommit: async (_txn, { result: { receipt } }) => receipt.length,
    onFailure: (_task, { attempt, run }, { error }) => `${run.name} ${attempt} ${error?.message}`,
  },
  async (cents: number) => ({ receipt: `r-${cents}` }),
);
// @ts-expect-error a result that the task does not give
charge.onCommit((_txn, { result }) => result.total);

// it is the same task
expectTypeOf(charge.onRollback(() => undefined, { retries: 1 })).toEqualTypeOf<
  Task<[cents: number], { receipt: string }>
>();
expectTypeOf(charge.onCommit(() => undefined)("5" as never)).toEqualTypeOf<Promise<{ receipt: string }>>();

// a transaction gives what its body gives
expectTypeOf(transaction(async (txn) => txn.key.length)).toEqualTypeOf<Promise<number>>();
expectTypeOf(transaction(() => "x", { key: "k", commit: "eager" })).toEqualTypeOf<Promise<string>>();
expectTypeOf(getTransaction()).toEqualTypeOf<Transaction | null>();
// @ts-expect-error an unknown way to commit
void transaction(() => 1, { commit: "never" });

// hooks of flows: one, or a list; the input is inferred all the same
const hook: FlowHook = (_flow, run, state) => `${run.id} ${state.type}`;
flow(
  "hooked",
  { onCompletion: hook, onFailure: [hook], onCrashed: (_flow, { name }) => name },
  async () => 1,
);
