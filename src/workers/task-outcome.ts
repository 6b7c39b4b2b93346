import { isEngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { recordError, reviveError, toError } from "../base/recorded-error.ts";
import type { Settlement } from "../engine/calls.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import { nextDelayMs, type RetryPolicy } from "../engine/retry-policy.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import type { Payload } from "../events/fields.ts";
import { TaskAttemptFailed, TaskCompleted, TaskFailed } from "../events/task-events.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { type CloseLimit, closeTimedOut, withCause } from "./time-limits.ts";

/** The event of an attempt that ended, and what it means. */
export interface TaskOutcome {
  readonly event: Event<"TaskCompleted" | "TaskFailed" | "TaskAttemptFailed">;
  readonly settlement: Settlement | null; // null = another attempt follows
  readonly retryInMs: number | null; // null = no further attempt
}

export interface EndedAttempt {
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
  readonly retry: RetryPolicy;
  readonly results: ResultPlan | null; // what becomes of its result; null = as usual
  readonly result: AttemptResult;
  readonly close: CloseLimit | null; // null = none
}

interface Ports {
  readonly payloads: PayloadStore;
  readonly clock: Clock;
}

/**
 * Turns the end of an attempt into its event. The settlement holds what was recorded, decoded again: the flow sees
 * the same value now and in every replay, whatever the task does to its own copy later.
 */
export function toOutcome(ended: EndedAttempt, ports: Ports): TaskOutcome | Promise<TaskOutcome> {
  const { result, run, key, results } = ended;
  if (!result.ok) return toFailure(ended, result.error, ports.clock);
  const what = `The result of task ${key}`;
  let bytes: Uint8Array;
  try {
    const refusal = findUnrecordable(result.value);
    if (refusal !== null) return toFailure(ended, unrecordable(what, refusal), ports.clock);
    bytes = encodeValue(result.value);
  } catch (thrown) {
    return toFailure(ended, toError(thrown), ports.clock); // a getter of the value threw
  }
  const output = ports.payloads.put(run, bytes, what, results);
  if (!(output instanceof Promise)) return toSuccess(ended, output, decodeValue(bytes, what));
  return output.then(
    (stored) => toSuccess(ended, stored, decodeValue(bytes, what)),
    (error: unknown) => {
      if (isEngineError(error, "PAYLOAD_TOO_LARGE")) return toFailure(ended, error, ports.clock);
      throw error; // the store could not be reached: not the task's failure
    },
  );
}

function toSuccess({ key, attempt }: EndedAttempt, output: Payload, value: unknown): TaskOutcome {
  const event = TaskCompleted.make({ key, attempt, output });
  return { event, settlement: { ok: true, value }, retryInMs: null };
}

async function toFailure(
  { key, attempt, retry, result, close }: EndedAttempt,
  error: Error,
  clock: Clock,
): Promise<TaskOutcome> {
  const { delayMs, reason } = await decideRetry(retry, error, { attempt, clock });
  const heartbeat = result.ok ? null : result.heartbeat;
  if (delayMs !== null && close !== null && clock.now() + delayMs >= close.at)
    return toEnd({ key, attempt, error: closeTimedOut(close.limitMs, error), name: "TimedOut" });
  if (delayMs !== null) {
    const retryAt = clock.now() + delayMs;
    const data = {
      key,
      attempt,
      maxAttempts: retry.maxAttempts,
      error: recordError(error),
      retryAt,
      heartbeat,
    };
    return { event: TaskAttemptFailed.make(data), settlement: null, retryInMs: delayMs };
  }
  const name = isEngineError(error, "TASK_TIMED_OUT") ? "TimedOut" : "Failed";
  const explained = attempt === 1 ? error : await withCause(error, close);
  return toEnd({ key, attempt, error: reason ?? explained, name });
}

interface End {
  readonly key: string;
  readonly attempt: number;
  readonly error: Error;
  readonly name: string; // of the state
}

function toEnd({ error, ...end }: End): TaskOutcome {
  const recorded = recordError(error);
  const event = TaskFailed.make({ ...end, error: recorded });
  return { event, settlement: { ok: false, error: reviveError(recorded) }, retryInMs: null };
}

interface Decision {
  readonly delayMs: number | null; // null = no further attempt
  readonly reason: Error | null; // why retrying itself failed; null = it did not
}

async function decideRetry(
  retry: RetryPolicy,
  error: Error,
  at: { attempt: number; clock: Clock },
): Promise<Decision> {
  try {
    const delayMs = await nextDelayMs(retry, { error, attempt: at.attempt }, at.clock.chance());
    return { delayMs, reason: null };
  } catch (thrown) {
    const reason = toError(thrown); // the user's delay function threw, or gave no duration
    reason.cause ??= error;
    return { delayMs: null, reason };
  }
}
