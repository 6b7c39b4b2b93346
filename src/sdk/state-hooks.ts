import type { Hooks, UserFunction } from "../engine/specs.ts";
import type { RunInfo } from "./context.ts";

/** A state that a run or a task has entered. */
export interface HookState {
  readonly type: "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "CRASHED";
  readonly name: string; // "Running", "Completed", "Failed", "TimedOut", or one that the author chose
  readonly message: string | null;
  readonly error: Error | null; // of a FAILED state
  readonly enteredAt: number; // epoch ms, by the clock of the log
}

/** The flow or task that a hook is of. */
export interface Hooked {
  readonly name: string;
  readonly queue: string | null; // null = a task that runs in the process of its run
  readonly tags: readonly string[];
}

/** The call of a task that a hook hears of. */
export interface TaskRunInfo {
  readonly key: string; // of the call, in its run
  readonly name: string; // for people: "charge-0"
  readonly attempt: number; // 1 = first try
  readonly run: RunInfo;
}

export type FlowHook = (flow: Hooked, run: RunInfo, state: HookState) => unknown;
export type TaskHook = (task: Hooked, run: TaskRunInfo, state: HookState) => unknown;

type OneOrMore<T> = T | readonly T[];

/** Functions that are called when a task enters a state; none can fail the run. */
export interface TaskHookOptions {
  readonly onRunning?: OneOrMore<TaskHook>; // an attempt has begun
  readonly onCompletion?: OneOrMore<TaskHook>;
  readonly onFailure?: OneOrMore<TaskHook>; // no attempt is left
}

/** Functions that are called when a run of a flow enters a state; none can fail the run. */
export interface FlowHookOptions {
  readonly onRunning?: OneOrMore<FlowHook>; // an attempt of the flow has begun
  readonly onCompletion?: OneOrMore<FlowHook>;
  readonly onFailure?: OneOrMore<FlowHook>; // no attempt is left
  readonly onCancellation?: OneOrMore<FlowHook>;
  readonly onCrashed?: OneOrMore<FlowHook>;
}

/** Hooks as lists; null = there are none. */
export function resolveHooks(
  options: TaskHookOptions & { [K in keyof FlowHookOptions]?: unknown },
): Hooks | null;
export function resolveHooks(options: FlowHookOptions): Hooks | null;
export function resolveHooks(options: { [K in keyof FlowHookOptions]?: unknown }): Hooks | null {
  const hooks = {
    onRunning: listOf(options.onRunning),
    onCompletion: listOf(options.onCompletion),
    onFailure: listOf(options.onFailure),
    onCancellation: listOf(options.onCancellation),
    onCrashed: listOf(options.onCrashed),
  };
  return Object.values(hooks).every(({ length }) => length === 0) ? null : hooks;
}

function listOf(hooks: unknown): readonly UserFunction[] {
  return [hooks].flat().filter(isFunction);
}

function isFunction(value: unknown): value is UserFunction {
  return typeof value === "function";
}
