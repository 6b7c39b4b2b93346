import { EngineError } from "../base/errors.ts";
import { type EndHook, hookKey, hookName } from "../base/hook-keys.ts";
import { fingerprint } from "../base/recordable.ts";
import { toError } from "../base/recorded-error.ts";
import type { Scope } from "../engine/scope.ts";
import { encodeValue } from "../events/codec.ts";
import { CallSites } from "./call-site.ts";
import { currentContext, type FlowContext, flowContext, withContext } from "./context.ts";
import { type DoneCall, OpenTransaction, type Transaction } from "./open-transaction.ts";

export interface TransactionOptions {
  readonly key?: string; // names it for its hooks and the log; default: its place in the flow, "transaction#1"
  /** When a transaction inside another one is committed: with the outermost one, or at its own end. Default "lazy". */
  readonly commit?: "lazy" | "eager";
}

const sites = new CallSites();

/**
 * Runs `body` as a part of the flow whose tasks are committed or rolled back together. When it throws or is cancelled,
 * the rollback hooks of the tasks that ended well in it run, the last task first, out of reach of cancellation; then the
 * error goes on. When it ends well, commit hooks run, the first task first. Each hook is a recorded task of its own.
 * @throws EngineError ROLLBACK_FAILED when a rollback hook failed for good; the others ran, `errors` has what failed
 */
export async function transaction<T>(
  body: (txn: Transaction) => T | Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const around = flowContext("transaction()");
  const site = sites.find(transaction);
  const parent = around.transaction ?? null;
  const refusal = parent?.refusal() ?? null;
  if (refusal !== null) throw refusal;
  const scope = around.scope.child("transaction");
  const txn = new OpenTransaction(options.key ?? scope.path.slice(0, -1), parent);
  const inside: Inside = { where: { ...around, scope, transaction: txn }, txn, site };
  txn.begin();
  try {
    const value = await withContext(inside.where, async () => body(txn));
    await txn.ended("all");
    const cancelled = scope.takeCancelled(); // nothing was left to hear of it
    if (cancelled !== null) throw cancelled;
    txn.close();
    if (parent !== null && options.commit !== "eager") txn.stageIn(parent);
    else await commit(inside);
    return value;
  } catch (thrown) {
    return rollBack(inside, thrown);
  }
}

/** The transaction around the calling code; null = there is none. Tasks are called in one, and see none. */
export function getTransaction(): Transaction | null {
  const context = currentContext();
  return context?.kind === "flow" ? (context.transaction ?? null) : null;
}

interface Inside {
  readonly where: FlowContext;
  readonly txn: OpenTransaction;
  readonly site: string | null;
}

async function commit(inside: Inside): Promise<void> {
  const { txn, where } = inside;
  txn.end("STAGED");
  if (txn.done.some(({ spec }) => spec.commit !== null)) {
    const shield = where.scope.shielded("commit");
    for (const done of txn.done) await runHook(inside, { done, hook: "commit", shield });
  }
  txn.end("COMMITTED");
}

async function rollBack(inside: Inside, thrown: unknown): Promise<never> {
  const { txn, where } = inside;
  txn.close();
  await txn.ended("undoable");
  const failures: { readonly task: string; readonly error: Error }[] = [];
  if (txn.done.some(({ spec }) => spec.rollback !== null)) {
    where.log.warn(`Rolling back transaction '${txn.key}'`);
    const shield = where.scope.shielded("rollback");
    for (const done of txn.done.toReversed()) {
      try {
        await runHook(inside, { done, hook: "rollback", shield });
      } catch (error) {
        const task = hookName(done.spec.name, "rollback");
        where.log.error(`An error was encountered while running hook '${task}'`);
        failures.push({ task, error: toError(error) });
      }
    }
  }
  txn.end("ROLLED_BACK");
  if (failures.length === 0) throw thrown;
  throw rollbackFailed(txn.key, failures, thrown);
}

interface HookCall {
  readonly done: DoneCall;
  readonly hook: EndHook;
  readonly shield: Scope;
}

async function runHook({ where, site }: Inside, { done, hook, shield }: HookCall): Promise<void> {
  const task = done.spec[hook];
  if (task === null) return;
  const key = hookKey(done.key, done.spec.name, hook);
  const { key: name, values } = done.transaction;
  const args = [
    { key: name, values },
    { args: done.args, result: done.result },
  ];
  const print = fingerprint(args, `The arguments of task ${key} of run ${where.run.name}`);
  const call = {
    kind: "task" as const,
    key,
    name: task.name,
    queue: task.queue,
    fingerprint: print,
    site,
    task,
  };
  const input = where.execution.replaying ? null : encodeValue(args);
  await where.execution.call({ ...call, input, overrides: null, rules: null, cache: null }, shield);
}

function rollbackFailed(
  transactionKey: string,
  failures: readonly { readonly task: string; readonly error: Error }[],
  thrown: unknown,
): EngineError {
  const why = toError(thrown);
  const list = failures.map(({ task, error }) => `${task}: ${error.message}`).join("; ");
  const error = new EngineError(
    "ROLLBACK_FAILED",
    `Transaction ${transactionKey} failed (${why.message}) and was not rolled back whole: ${list}. Look at what these ` +
      `tasks left behind; \`errors\` and the log have the whole of it.`,
    { transaction: transactionKey, tasks: failures.map(({ task }) => task) },
    why,
  );
  const errors = failures.map((failure) => failure.error);
  return Object.defineProperty(error, "errors", { value: errors, enumerable: false });
}
