import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";

/** What a delay function or a condition is told. */
export interface RetryInput {
  readonly error: Error;
  readonly attempt: number; // the one that failed; 1 = first try
}

/** A span, a list (the last one repeats), or a function of the failed attempt. */
export type RetryDelay = Duration | readonly Duration[] | ((input: RetryInput) => Duration);

/** Resolved rules of retrying. */
export interface RetryPolicy {
  readonly maxAttempts: number; // 1 = no retry
  readonly delay: RetryDelay;
  readonly jitter: number; // 0 = none; 0.3 = the delay times 1 to 1.3, evenly spread
  readonly condition: ((input: RetryInput) => boolean | Promise<boolean>) | null; // null = always
}

const fatalBrand = Symbol.for("millrace.fatal");

/** Marks `error` as not to be retried; the task fails at once. Returns the same error, to be thrown. */
export function fatal<E extends Error>(error: E): E {
  Object.defineProperty(error, fatalBrand, { value: true });
  return error;
}

/** Tells whether retrying cannot help: marked by `fatal`, or our own refusal of the value. */
export function isFatal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if (fatalBrand in error) return true;
  return error instanceof EngineError && neverRetried.has(error.code);
}

const neverRetried: ReadonlySet<string> = new Set([
  "OUTPUT_UNRECORDABLE",
  "PAYLOAD_TOO_LARGE",
  "INPUT_INVALID",
  "OPTION_INVALID",
]);

/** Delays that grow by `factor` from `first`, at most `max`: 1s, 2s, 4s, ... */
export function exponential(first: Duration, options: { factor?: number; max?: Duration } = {}): RetryDelay {
  const firstMs = toMs(first);
  const { factor = 2, max = "1h" } = options;
  const maxMs = toMs(max);
  return ({ attempt }) => Math.min(maxMs, firstMs * factor ** (attempt - 1));
}

/**
 * When to try again after a failed attempt, in ms from now; null = the task has failed.
 * @param chance evenly spread from 0 to below 1; decides the jitter
 */
export async function nextDelayMs(
  policy: RetryPolicy,
  input: RetryInput,
  chance: number,
): Promise<number | null> {
  if (input.attempt >= policy.maxAttempts || isFatal(input.error)) return null;
  if (policy.condition !== null && !(await isWorthRetrying(policy.condition, input))) return null;
  const delayMs = toMs(pickDelay(policy.delay, input));
  return Math.round(delayMs * (1 + policy.jitter * chance));
}

async function isWorthRetrying(
  condition: NonNullable<RetryPolicy["condition"]>,
  input: RetryInput,
): Promise<boolean> {
  try {
    return await condition(input);
  } catch {
    return false; // a condition that fails cannot vouch for another try; the task's own error is what matters
  }
}

function pickDelay(delay: RetryDelay, input: RetryInput): Duration {
  if (typeof delay === "function") return delay(input);
  if (typeof delay === "number" || typeof delay === "string") return delay;
  return delay[Math.min(input.attempt, delay.length) - 1] ?? 0;
}
