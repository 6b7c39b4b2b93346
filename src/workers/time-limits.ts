import { formatMs } from "../base/durations.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { fatal } from "../engine/retry-policy.ts";
import type { Clock } from "./clock.ts";

const closeLimit = "scheduleToClose";

/** The limit of all attempts of a task together. */
export interface CloseLimit {
  readonly limitMs: number;
  readonly at: number; // epoch ms by the clock of this process
  readonly earlier: () => Promise<Error | null>; // of the newest attempt that failed before; null = none did
}

interface Called {
  readonly ageMs: number; // since the task was called
  readonly clock: Clock;
  readonly earlier: CloseLimit["earlier"];
}

/** The limit as this process sees it. */
export function closeOf(limitMs: number, { ageMs, clock, earlier }: Called): CloseLimit {
  return { limitMs, at: clock.now() + limitMs - ageMs, earlier };
}

/** When the time of all attempts is over: names the error of the one before as the cause. */
export async function withCause(failure: Error, close: CloseLimit | null): Promise<Error> {
  const isOver = isEngineError(failure, "TASK_TIMED_OUT") && failure.details["limit"] === closeLimit;
  if (close === null || !isOver || failure.cause !== undefined) return failure;
  const earlier = await close.earlier().catch(() => null); // the end counts, whether its cause can be read or not
  if (earlier !== null) failure.cause = earlier;
  return failure;
}

/** Why an attempt or a task ran out of time; every one has the code TASK_TIMED_OUT, and says which limit it was. */

export function attemptTimedOut(timeoutMs: number): EngineError {
  return timedOut("timeout", timeoutMs, `Task run exceeded timeout of ${formatMs(timeoutMs)}.`);
}

export function heartbeatTimedOut(timeoutMs: number): EngineError {
  return timedOut(
    "heartbeatTimeout",
    timeoutMs,
    `Task run gave no heartbeat for ${formatMs(timeoutMs)}, its heartbeatTimeout.`,
  );
}

/** No worker was free, or none serves the queue; another attempt would wait as long. */
export function startTimedOut(timeoutMs: number): EngineError {
  return fatal(
    timedOut(
      "scheduleToStart",
      timeoutMs,
      `No worker began the task within its scheduleToStart of ${formatMs(timeoutMs)}. Does one serve its queue?`,
    ),
  );
}

/** All attempts together took too long, or the next one would begin too late. */
export function closeTimedOut(timeoutMs: number, cause: Error | null): EngineError {
  const text = `Task run exceeded its scheduleToClose of ${formatMs(timeoutMs)}, all attempts together.`;
  return fatal(timedOut(closeLimit, timeoutMs, text, cause));
}

function timedOut(limit: string, timeoutMs: number, text: string, cause: Error | null = null): EngineError {
  return new EngineError("TASK_TIMED_OUT", text, { timeoutMs, limit }, cause ?? undefined);
}

/** What the AbortSignal of an attempt says that nobody waits for any more. */
export function attemptOver(key: string, attempt: number): EngineError {
  return new EngineError(
    "ATTEMPT_OVER",
    `Nobody waits for attempt ${attempt} of task ${key} any more: the task or its run has ended, or somebody else ` +
      `has the attempt. Its result will be ignored; clean up and return.`,
    { key, attempt },
  );
}

/** What the AbortSignal of an attempt says that its worker hands over. */
export function workerStops(): EngineError {
  return new EngineError(
    "SHUTTING_DOWN",
    "The worker is stopping. Another worker begins this attempt again, and it does not count as a failure.",
  );
}
