import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { recordError, reviveError } from "../base/recorded-error.ts";
import type { Call, TaskCall } from "../engine/calls.ts";
import type { PastAttempts, RecordedCall } from "../engine/history.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { TaskFailed } from "../events/task-events.ts";
import type { DueTask, LocalFact, OpenWork } from "./open-work.ts";

export interface BeginCalls {
  readonly calls: readonly Call[];
  readonly recorded: ReadonlyMap<string, RecordedCall>; // by key
  readonly attempts: ReadonlyMap<string, PastAttempts>; // by key; empty for calls of a new turn
  readonly refused: ReadonlyMap<string, Error>; // by key
  readonly how: "first" | "again"; // again = an earlier owner may have started them
  readonly now: number; // epoch ms by the clock of the log
}

/** Starts what recorded calls ask for; each call is in the log already. */
export function beginCalls(work: OpenWork, begin: BeginCalls, onFact: (fact: LocalFact) => void): void {
  const tasks: DueTask[] = [];
  for (const call of begin.calls) {
    const recorded = begin.recorded.get(call.key);
    if (recorded === undefined) continue;
    const refusal = begin.refused.get(call.key) ?? refusedBefore(recorded);
    if (refusal !== undefined) onFact(refusedFact(call.key, refusal));
    else if (recorded.type === "TimerStarted")
      work.startTimer(call.key, Math.max(0, recorded.recordedAt + recorded.data.ms - begin.now));
    else if (call.kind === "task") {
      tasks.push(dueTask(call, recorded, begin));
    }
  }
  work.startTasks(tasks, begin.how);
}

function dueTask(
  call: TaskCall,
  scheduled: RecordedEvent<"TaskScheduled">,
  { attempts, now }: BeginCalls,
): DueTask {
  const { last, retryAt, crashes } = attempts.get(call.key) ?? { last: 0, retryAt: 0, crashes: 0 };
  return { call, scheduled, attempt: last + 1, delayMs: Math.max(0, retryAt - now), crashes };
}

const nothingGiven = fingerprint([], "No arguments");

/** An owner recorded the call without its arguments, as they were too large, and died before it could say so. */
function refusedBefore({ type, data }: RecordedCall): Error | undefined {
  if (type !== "TaskScheduled" || data.fingerprint === nothingGiven) return undefined;
  const { input, key } = data;
  if (!(input instanceof Uint8Array) || input.length !== 1) return undefined; // one byte: an empty list
  return new EngineError("PAYLOAD_TOO_LARGE", `The arguments of task ${key} were too large to be recorded.`, {
    key,
  });
}

function refusedFact(key: string, refusal: Error): LocalFact {
  const error = recordError(refusal);
  const event = TaskFailed.make({ key, attempt: 1, error, name: "Failed" });
  return { event, settles: { key, settlement: { ok: false, error: reviveError(error) } }, next: null };
}
