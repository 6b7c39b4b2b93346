import type { TaskBounds } from "../events/task-events.ts";
import type { GuardMode } from "./guard.ts";
import type { ResultPlan } from "./result-plan.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { TaskCache } from "./task-cache.ts";

/** A function of the user, whatever it takes. */
export type UserFunction = (...args: never[]) => unknown;

/** Calls a user's function with values that were given for it, or decoded from the log. */
export function invoke(fn: UserFunction, args: readonly unknown[]): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of a user's function end at the log
  return fn(...(args as never[]));
}

/** Of a task whose author sets none. */
export const noBounds: TaskBounds = {
  scheduleToStartMs: null,
  scheduleToCloseMs: null,
  heartbeatMs: null,
  maxCrashes: 3,
};

/** A limit that the attempts of a task take a slot of. */
export interface LimitSpec {
  readonly kind: "slots" | "rate";
  readonly key: string | ((...args: never[]) => string);
  readonly slots: number | null; // null = as an operator has set it
  readonly perMs: number | null; // of a rate; null = as an operator has set it
}

/** What is to be seen to before an attempt of a task begins. */
export interface RuleSpec {
  readonly limits: readonly LimitSpec[];
  readonly priority: number | null; // 1 = first; null = none, after all that have one
}

/** Functions of the user that hear of states of a flow or a task. */
export interface Hooks {
  readonly onRunning: readonly UserFunction[];
  readonly onCompletion: readonly UserFunction[];
  readonly onFailure: readonly UserFunction[];
  readonly onCancellation: readonly UserFunction[]; // of flows
  readonly onCrashed: readonly UserFunction[]; // of flows
}

/** A task as its author defined it, with every option resolved. */
export interface TaskSpec {
  readonly name: string;
  readonly fn: UserFunction;
  readonly queue: string | null; // null = direct calls run in the owner's process
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | null; // per attempt; null = none
  readonly bounds: TaskBounds; // of all attempts together
  readonly tags: readonly string[];
  readonly key: ((...args: never[]) => string) | null; // null = calls are counted
  readonly overridden: boolean; // a copy by withOptions(): a queued call carries its options along
  readonly onInputChange: "block" | "ignore"; // what a replay does about other arguments
  readonly cache: TaskCache | null; // null = results are not reused
  readonly results: ResultPlan | null; // null = as the flow says
  readonly rules: RuleSpec | null; // null = none
  readonly rollback: TaskSpec | null; // undoes a call of it when its transaction is rolled back; null = nothing does
  readonly commit: TaskSpec | null; // runs when its transaction is committed; null = nothing does
  readonly hooks: Hooks | null; // null = nobody hears of its states
}

/** A flow as its author defined it, with every option resolved. */
export interface FlowSpec {
  readonly name: string;
  readonly fn: UserFunction;
  readonly queue: string;
  readonly tags: readonly string[];
  readonly maxCrashes: number | null; // owners lost in a row; null = as the worker says
  readonly runName: ((input: never) => string) | null; // null = a friendly name is drawn
  readonly guard: GuardMode | null; // null = as MILLRACE_GUARD says
  readonly codeHash: string; // of the function's source
  readonly retry: RetryPolicy; // of the whole flow
  readonly timeoutMs: number | null; // of one attempt of the flow; null = none
  readonly isPinned: boolean; // only the code that began a run continues it
  readonly retired: readonly string[] | null; // keyed replay: names whose recorded calls may be missing; null = strict
  readonly results: ResultPlan | null; // of the flow, and of tasks without a plan; null = in Redis
  readonly hooks: Hooks | null; // null = nobody hears of its states
  /** JSON Schema of what may be given; null = anything, or nothing that it can say. */
  readonly inputSchema: () => Readonly<Record<string, unknown>> | null;
  /** Validates and completes the input. @throws EngineError INPUT_INVALID */
  readonly parse: (input: unknown) => Promise<unknown>;
}
