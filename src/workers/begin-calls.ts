import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { recordError, reviveError } from "../base/recorded-error.ts";
import { noAttempts, type PastAttempts } from "../engine/attempt-book.ts";
import type { Call, TaskCall, WaitingCall } from "../engine/calls.ts";
import type { RecordedWait } from "../engine/history.ts";
import { CallReused } from "../events/call-events.ts";
import type { Event } from "../events/catalog.ts";
import { ChildEnded } from "../events/child-events.ts";
import { encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { TaskFailed } from "../events/task-events.ts";
import type { DueTask, LocalFact } from "./due-task.ts";
import type { KeptSettlement } from "./kept-settlements.ts";
import type { OpenChildren } from "./open-children.ts";
import type { OpenWork } from "./open-work.ts";
import { cancelledBy } from "./taken-turn.ts";
import { crashedTask } from "./task-hint.ts";

export interface BeginCalls {
  readonly calls: readonly Call[];
  readonly recorded: ReadonlyMap<string, RecordedWait>; // by key
  readonly attempts: ReadonlyMap<string, PastAttempts>; // by key; empty for calls of a new turn
  readonly refused: ReadonlyMap<string, Error>; // by key
  readonly keptFor: (call: WaitingCall) => KeptSettlement | null; // what an earlier attempt of the flow was given
  readonly how: "first" | "again"; // again = an earlier owner may have started them
  readonly now: number; // epoch ms by the clock of the log
}

export interface Beginners {
  readonly work: OpenWork;
  readonly children: OpenChildren;
  readonly onFact: (fact: LocalFact) => void;
}

/** Starts what recorded calls ask for; each call is in the log already. */
export function beginCalls(beginners: Beginners, begin: BeginCalls): void {
  const { work, children } = beginners;
  const cancelled = new Set(cancelledBy(begin.calls));
  const tasks: DueTask[] = [];
  for (const call of begin.calls) {
    if (!waits(call) || cancelled.has(call.key)) continue;
    const recorded = begin.recorded.get(call.key);
    if (recorded === undefined || isAnswered(beginners, begin, call, recorded)) continue;
    if (recorded.type === "TimerStarted")
      work.startTimer(call.key, Math.max(0, recorded.recordedAt + recorded.data.ms - begin.now));
    else if (call.kind === "task" && recorded.type === "TaskScheduled") {
      const crashed = crashedHere(call, begin);
      if (crashed === null) tasks.push(dueTask(call, recorded, begin));
      else beginners.onFact(crashed);
    } else if (call.kind === "child" && recorded.type === "ChildScheduled")
      children.start(call, recorded, begin.how);
  }
  work.startTasks(tasks, begin.how);
}

function waits(call: Call): call is WaitingCall {
  return call.kind !== "cancel" && call.kind !== "patch" && call.kind !== "answer";
}

/** Stops what is not wanted any more; the log says so already. */
export function cancelCalls(
  { work, children }: Pick<Beginners, "work" | "children">,
  calls: readonly Call[],
): void {
  for (const call of calls) {
    if (call.kind !== "cancel") continue;
    work.cancel(call.key, call.reason);
    children.cancel(call.key, call.reason);
  }
}

/** Nothing has to be started: an earlier attempt of the flow has the answer, or the call was refused. */
function isAnswered(
  { onFact }: Beginners,
  { keptFor, refused }: BeginCalls,
  call: WaitingCall,
  recorded: RecordedWait,
): boolean {
  const kept = keptFor(call);
  const { key } = call;
  if (kept !== null) {
    const { settlement, position } = kept;
    onFact({ event: CallReused.make({ key, position }), settles: { key, settlement }, next: null });
    return true;
  }
  const refusal = refused.get(key) ?? refusedBefore(recorded);
  if (refusal === undefined) return false;
  onFact(refusedFact(recorded, refusal));
  return true;
}

function dueTask(
  call: TaskCall,
  scheduled: RecordedEvent<"TaskScheduled">,
  { attempts, now }: BeginCalls,
): DueTask {
  const { last, retryAt, crashes, heartbeat } = attempts.get(call.key) ?? noAttempts;
  return {
    call,
    scheduled,
    attempt: last + 1,
    delayMs: Math.max(0, retryAt - now),
    crashes,
    ageMs: Math.max(0, now - scheduled.recordedAt),
    heartbeat: heartbeat?.details ?? null,
    heartbeatAt: heartbeat?.position ?? null,
  };
}

const nothingGiven = fingerprint([], "No arguments");
const nothing = encodeValue([]);

/** An owner recorded the call without its arguments, as they were too large, and died before it could say so. */
function refusedBefore(recorded: RecordedWait): Error | undefined {
  const { type, data } = recorded;
  if ((type !== "TaskScheduled" && type !== "ChildScheduled") || data.fingerprint === nothingGiven)
    return undefined;
  const { input, key } = data;
  if (!(input instanceof Uint8Array) || input.length !== 1 || input[0] !== nothing[0]) return undefined;
  const text = `What was given to ${key} was too large to be recorded.`;
  return new EngineError("PAYLOAD_TOO_LARGE", text, { key });
}

function refusedFact(recorded: RecordedWait, refusal: Error): LocalFact {
  const { key } = recorded.data;
  const error = recordError(refusal);
  const settles = { key, settlement: { ok: false as const, error: reviveError(error) } };
  if (recorded.type !== "ChildScheduled")
    return { event: TaskFailed.make({ key, attempt: 1, error, name: "Failed" }), settles, next: null };
  const { run } = recorded.data;
  const end = { key, run, state: "FAILED" as const, name: "Failed", message: null, output: null, error };
  return { event: ChildEnded.make(end), settles, next: null };
}

/** Too many owners died while a task ran in their process; a queued one is ended by the sweeper. */
function crashedHere({ key, queue, task }: TaskCall, { attempts }: BeginCalls): LocalFact | null {
  const { last, crashes } = attempts.get(key) ?? noAttempts;
  if (queue !== null || crashes < task.bounds.maxCrashes) return null;
  return failedFact(crashedTask(key, last, crashes));
}

function failedFact(event: Event<"TaskFailed">): LocalFact {
  const { key, error } = event.data;
  return { event, settles: { key, settlement: { ok: false, error: reviveError(error) } }, next: null };
}
