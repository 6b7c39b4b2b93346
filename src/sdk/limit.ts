import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { type LimitAsk, readLimitText } from "../engine/limit-asks.ts";
import { currentContext, type TaskContext } from "./context.ts";
import { type Concurrency, limitsOf, type Rate, type RuleOptions, resolveRules } from "./limit-options.ts";

export interface LimitOptions {
  readonly timeout?: Duration; // of the wait; default none
}

/** Slots that somebody holds. */
export interface HeldSlots {
  readonly lost: AbortSignal; // somebody else has them by now
  leave(): void;
}

/** How long to wait for slots, and for whom. */
export interface SlotWait {
  readonly timeoutMs: number | null; // null = as long as it takes
  readonly task: TaskContext | null; // null = code outside of flows and tasks
}

/** How slots are waited for. @throws EngineError LIMIT_TIMED_OUT */
export type EnterLimits = (asks: readonly LimitAsk[], wait: SlotWait) => Promise<HeldSlots>;

type Guarded<T> = (signal: AbortSignal) => T | Promise<T>;

/**
 * Calls a function while a slot of each limit is held, in a task or in any program. Its signal fires when the slot was
 * given to somebody else, as this process was taken for dead.
 */
export interface LimitFunction {
  <T>(limits: Concurrency, fn: Guarded<T>): Promise<T>;
  <T>(limits: Concurrency, options: LimitOptions, fn: Guarded<T>): Promise<T>;
}

/** Waits until a rate allows one more, in a task or in any program. */
export type RateLimitFunction = (limits: Rate, options?: LimitOptions) => Promise<void>;

/** Makes `limit()`; a room that can wait for slots gives it the way to. */
export function createLimit(enter: EnterLimits): LimitFunction {
  return async <T>(limits: Concurrency, ...rest: (LimitOptions | Guarded<T>)[]): Promise<T> => {
    const options = rest.find((given): given is LimitOptions => typeof given === "object") ?? {};
    const fn = rest.find((given): given is Guarded<T> => typeof given === "function");
    if (fn === undefined) throw new EngineError("OPTION_INVALID", "limit() needs a function to call.");
    const held = await enter(asksOf("limit()", { concurrency: limits }), waitOf("limit()", options));
    try {
      return await fn(held.lost);
    } finally {
      held.leave();
    }
  };
}

/** Makes `rateLimit()`. */
export function createRateLimit(enter: EnterLimits): RateLimitFunction {
  return async (limits, options = {}) => {
    const held = await enter(asksOf("rateLimit()", { rateLimit: limits }), waitOf("rateLimit()", options));
    held.leave();
  };
}

function asksOf(what: string, options: RuleOptions<never[]>): readonly LimitAsk[] {
  const rules = resolveRules(what, options);
  const asks =
    rules === null ? [] : limitsOf(what, rules.limits, []).flatMap((text) => readLimitText(text) ?? []);
  if (asks.length > 0) return asks;
  throw new EngineError("OPTION_INVALID", `${what} needs the name of a limit, or a key and a limit.`);
}

function waitOf(what: string, { timeout }: LimitOptions): SlotWait {
  const context = currentContext();
  if (context?.kind === "flow") {
    const text = `${what} was called in a flow function, whose code runs again in a replay. Give the task the option, or call it in a task.`;
    throw new EngineError("COMMAND_REFUSED", text, { what });
  }
  return { timeoutMs: timeout === undefined ? null : toMs(timeout), task: context ?? null };
}
