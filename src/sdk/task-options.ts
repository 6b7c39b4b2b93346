import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import type { EndHook } from "../base/hook-keys.ts";
import type { RetryDelay, RetryInput, RetryPolicy } from "../engine/retry-policy.ts";
import { noBounds, type TaskSpec, type UserFunction } from "../engine/specs.ts";
import type { TaskBounds } from "../events/task-events.ts";
import { type CacheOptions, resolveCache } from "./cache-options.ts";
import { type TransactionHook, toHookTask } from "./end-hooks.ts";
import { type RuleOptions, resolveRules } from "./limit-options.ts";
import { type ResultOptions, resolveResults } from "./result-options.ts";
import { resolveHooks, type TaskHookOptions } from "./state-hooks.ts";

/** When to try again what failed: a task, or a whole flow. */
export interface RetryOptions {
  readonly retries?: number; // attempts after the first one; default 0
  readonly retryDelay?: RetryDelay; // default 0: at once
  readonly retryJitter?: number; // 0.3 = the delay times 1 to 1.3; default 0
  readonly retryIf?: (input: RetryInput) => boolean | Promise<boolean>; // default: always
}

/** How a hook of a transaction runs; what is not given is as in its task. */
export interface HookOptions extends RetryOptions {
  readonly timeout?: Duration; // of one attempt
  readonly queue?: string;
}

export interface TaskOptions<Args extends readonly unknown[] = never[], Result = never>
  extends RetryOptions,
    CacheOptions<Args>,
    ResultOptions,
    RuleOptions<Args>,
    TaskHookOptions {
  readonly timeout?: Duration; // of one attempt; default none
  readonly scheduleToStart?: Duration; // of a queued task: from the call to its first attempt; default none
  readonly scheduleToClose?: Duration; // from the call to the end, all attempts and delays together; default none
  readonly heartbeatTimeout?: Duration; // between two calls of heartbeat() in an attempt; default none
  readonly maxCrashes?: number; // attempts whose worker died, before the task ends as Crashed; default 3
  readonly queue?: string; // direct calls go there too; default: in the process that owns the run
  readonly tags?: readonly string[];
  /** Names a call, so that its identity survives reordering: `(order) => order.id`. Default: calls are counted. */
  readonly key?: (...args: Args) => string;
  /** What a replay does when the arguments differ from the recorded ones. Default "block". */
  readonly onInputChange?: "block" | "ignore";
  /** Undoes a call that ended well, when the transaction around it is rolled back. */
  readonly onRollback?: TransactionHook<Args, Result>;
  readonly rollback?: HookOptions; // how onRollback runs
  /** Called when the transaction around a call that ended well is committed. */
  readonly onCommit?: TransactionHook<Args, Result>;
  readonly commit?: HookOptions; // how onCommit runs
}

const name = /^[^/#[\]{}\s\p{Cc}][^/#[\]{}\p{Cc}]{0,99}$/u;

/** @throws EngineError OPTION_INVALID */
export function checkName(what: string, text: string): void {
  if (name.test(text)) return;
  throw new EngineError(
    "OPTION_INVALID",
    `${JSON.stringify(text)} cannot be the name of a ${what}: 1 to 100 characters, none of / # [ ] { } or control characters.`,
    { name: text },
  );
}

/** @throws EngineError OPTION_INVALID naming the option */
export function resolveTask(
  taskName: string,
  fn: TaskSpec["fn"],
  options: TaskOptions,
  overridden: boolean,
): TaskSpec {
  checkName("task", taskName);
  if (options.queue !== undefined) checkName("queue", options.queue);
  const spec: TaskSpec = {
    name: taskName,
    fn,
    queue: options.queue ?? null,
    retry: resolveRetry(`Task ${taskName}`, options),
    timeoutMs: options.timeout === undefined ? null : toMs(options.timeout),
    bounds: resolveBounds(taskName, options),
    tags: options.tags ?? [],
    key: options.key ?? null,
    overridden,
    onInputChange: options.onInputChange ?? "block",
    cache: resolveCache(taskName, options),
    results: resolveResults(`Task ${taskName}`, options),
    rules: resolveRules(`Task ${taskName}`, options),
    rollback: null,
    commit: null,
    hooks: resolveHooks(options),
  };
  const rollback = resolveEndHook(spec, "rollback", options.onRollback, options.rollback);
  const commit = resolveEndHook(spec, "commit", options.onCommit, options.commit);
  return rollback === null && commit === null ? spec : { ...spec, rollback, commit };
}

function resolveEndHook(
  task: TaskSpec,
  hook: EndHook,
  fn: UserFunction | undefined,
  options: HookOptions = {},
): TaskSpec | null {
  if (fn === undefined) return null;
  const { timeout, queue, ...retry } = options;
  if (queue !== undefined) checkName("queue", queue);
  return toHookTask(task, hook, fn, {
    ...(Object.keys(retry).length === 0
      ? {}
      : { retry: resolveRetry(`The ${hook} of task ${task.name}`, retry) }),
    ...(timeout === undefined ? {} : { timeoutMs: toMs(timeout) }),
    ...(queue === undefined ? {} : { queue }),
  });
}

/** @throws EngineError OPTION_INVALID naming the option; `owner`: "Task charge" */
export function resolveRetry(owner: string, options: RetryOptions): RetryPolicy {
  const { retries = 0, retryDelay = 0, retryJitter = 0, retryIf = null } = options;
  if (!Number.isInteger(retries) || retries < 0)
    throw invalid(owner, "retries", "a whole number >= 0", retries);
  if (!(retryJitter >= 0 && Number.isFinite(retryJitter))) {
    throw invalid(owner, "retryJitter", "a number >= 0", retryJitter);
  }
  if (typeof retryDelay !== "function") for (const delay of [retryDelay].flat()) toMs(delay);
  return { maxAttempts: retries + 1, delay: retryDelay, jitter: retryJitter, condition: retryIf };
}

function resolveBounds(taskName: string, options: TaskOptions): TaskBounds {
  const { scheduleToStart, scheduleToClose, heartbeatTimeout, maxCrashes } = options;
  if ([scheduleToStart, scheduleToClose, heartbeatTimeout, maxCrashes].every((value) => value === undefined))
    return noBounds;
  checkMaxCrashes(`Task ${taskName}`, maxCrashes ?? null);
  const heartbeatMs = msOrNone(heartbeatTimeout);
  if (heartbeatMs === 0)
    throw invalid(`Task ${taskName}`, "heartbeatTimeout", "a duration above 0", heartbeatMs);
  return {
    scheduleToStartMs: msOrNone(scheduleToStart),
    scheduleToCloseMs: msOrNone(scheduleToClose),
    heartbeatMs,
    maxCrashes: maxCrashes ?? noBounds.maxCrashes,
  };
}

function msOrNone(duration: Duration | undefined): number | null {
  return duration === undefined ? null : toMs(duration);
}

/** @throws EngineError OPTION_INVALID */
export function checkMaxCrashes(what: string, maxCrashes: number | null): void {
  if (maxCrashes === null || (Number.isInteger(maxCrashes) && maxCrashes >= 1)) return;
  throw new EngineError(
    "OPTION_INVALID",
    `${what}: maxCrashes must be a whole number >= 1, and is ${maxCrashes}.`,
    { what, option: "maxCrashes" },
  );
}

function invalid(owner: string, option: string, wanted: string, given: number): EngineError {
  return new EngineError("OPTION_INVALID", `${owner}: ${option} must be ${wanted}, and is ${given}.`, {
    owner,
    option,
  });
}
