import { AsyncLocalStorage } from "node:async_hooks";
import { EngineError } from "../base/errors.ts";
import type { Execution } from "../engine/execution.ts";
import type { Scope } from "../engine/scope.ts";
import type { OpenTransaction } from "./open-transaction.ts";

/** Log lines of a run; the signatures of pino. */
export interface RunLogger {
  debug: LogFunction;
  info: LogFunction;
  warn: LogFunction;
  error: LogFunction;
}

export interface LogFunction {
  (text: string): void;
  (fields: Readonly<Record<string, unknown>>, text?: string): void;
}

export interface RunInfo {
  readonly id: string;
  readonly name: string; // for people: "brisk-otter"
  readonly flow: string;
  readonly tags: readonly string[];
  readonly traceparent: string | null; // W3C trace context of whoever created the run; null = not traced
}

/** Where code runs: in a flow function. */
export interface FlowContext {
  readonly kind: "flow";
  readonly run: RunInfo;
  readonly execution: Execution;
  readonly scope: Scope;
  readonly parameters: unknown; // of the flow, validated
  readonly log: RunLogger;
  readonly transaction?: OpenTransaction; // the innermost one around
}

/** Where code runs: in an attempt of a task. */
export interface TaskContext {
  readonly kind: "task";
  readonly run: RunInfo | null; // null = called outside a flow
  readonly key: string; // stable over attempts and replays
  readonly name: string;
  readonly attempt: number; // 1 = first try
  readonly idempotencyKey: string; // the same for every attempt: give it to services that can tell repeats
  readonly fencingToken: string; // grows with each attempt and owner: give it to stores that refuse older ones
  readonly signal: AbortSignal; // fires on timeout, on a lost lease, on shutdown, and when nobody waits any more
  readonly lastHeartbeat: unknown; // details of the newest heartbeat of an earlier attempt; undefined = none
  /** As the function of this name. */
  readonly heartbeat: (details?: unknown) => void;
  readonly log: RunLogger;
}

export type Context = FlowContext | TaskContext;

const slot = Symbol.for("millrace.context");
const holder: typeof globalThis & { [slot]?: AsyncLocalStorage<Context> } = globalThis;

/** One per process: a loader may give the program a second copy of this package, and both must see the same. */
const storage = (holder[slot] ??= new AsyncLocalStorage<Context>());

export function withContext<T>(context: Context, fn: () => T): T {
  return storage.run(context, fn);
}

/** Where the calling code runs; undefined = outside of flows and tasks. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** @throws EngineError COMMAND_REFUSED outside of a flow function */
export function flowContext(what: string): FlowContext {
  const context = storage.getStore();
  if (context?.kind === "flow") return context;
  const where = context === undefined ? "outside of a flow" : `in the task ${context.name}`;
  throw new EngineError("COMMAND_REFUSED", `${what} was called ${where}; it works in flow functions only.`, {
    what,
  });
}

/** @throws EngineError COMMAND_REFUSED in a flow function, where `what` would be done again in every replay */
export function refuseInFlow(what: string, instead: string): void {
  const context = storage.getStore();
  if (context?.kind !== "flow") return;
  throw new EngineError("COMMAND_REFUSED", `${what} was called in a flow: ${instead}.`, { what });
}

/**
 * The task attempt that the calling code belongs to: ids, attempt, idempotency key, AbortSignal.
 * @throws EngineError COMMAND_REFUSED outside of a task
 */
export function taskContext(): TaskContext {
  const context = storage.getStore();
  if (context?.kind === "task") return context;
  throw new EngineError("COMMAND_REFUSED", "taskContext() was called outside of a task.");
}

/**
 * The run that the calling code belongs to, in a flow or a task.
 * @throws EngineError COMMAND_REFUSED outside of a run
 */
export function runContext(): RunInfo {
  const run = storage.getStore()?.run ?? null;
  if (run !== null) return run;
  throw new EngineError("COMMAND_REFUSED", "runContext() was called outside of a run.");
}

/**
 * The log of the run or task that the calling code belongs to. Lines of a flow are not repeated in a replay.
 * @throws EngineError COMMAND_REFUSED outside of flows and tasks
 */
export function logger(): RunLogger {
  const context = storage.getStore();
  if (context !== undefined) return context.log;
  throw new EngineError("COMMAND_REFUSED", "logger() was called outside of a flow or task.");
}
