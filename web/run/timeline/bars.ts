import type { WaitPicture } from "../../../src/projections/call-pictures.ts";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import type { TaskPicture } from "../../../src/projections/task-picture.ts";
import { type CallMark, markOf, markOfTaskState } from "./call-state.ts";
import type { Call } from "./calls.ts";

/** One stretch of a call's life. Instants are epoch ms. */
export interface Bar {
  readonly kind: "queue" | "attempt" | "wait"; // nobody works on it; somebody does; the flow waits for the world
  readonly from: number;
  readonly to: number;
  readonly mark: CallMark;
  readonly attempt: number; // 0 = of none
  readonly isOpen: boolean; // it goes on
}

/** The stretches of a call in the order of time; what is open reaches to `at`. */
export function barsOf(picture: RunPicture, call: Call, at: number): readonly Bar[] {
  if (call.kind === "task") return barsOfTask(call.of, at);
  const mark = markOf(picture, call);
  const [from, end] = spanOf(picture, call);
  const to = end ?? picture.summary.endedAt ?? Math.max(at, from);
  return [
    { kind: call.kind === "child" ? "attempt" : "wait", from, to, mark, attempt: 0, isOpen: end === null },
  ];
}

/** When a call began and ended; null = it is open. */
export function spanOf(picture: RunPicture, { kind, of }: Call): readonly [from: number, to: number | null] {
  switch (kind) {
    case "task":
      return [of.scheduledAt, of.endedAt ?? of.leftAt];
    case "timer":
      return [of.startedAt, of.firedAt ?? of.closedAt];
    case "wait":
      return [of.awaitedAt, receivedAt(picture, of) ?? of.closedAt];
    case "child":
      return [of.scheduledAt, of.endedAt ?? of.closedAt];
  }
}

/** A signal may have come before anybody waited for it. */
function receivedAt({ signals }: RunPicture, { awaitedAt, received }: WaitPicture): number | null {
  const signal = received === null ? undefined : signals.get(received);
  return signal === undefined ? null : Math.max(awaitedAt, signal.receivedAt);
}

function barsOfTask(task: TaskPicture, at: number): readonly Bar[] {
  const end = task.endedAt ?? task.leftAt;
  const limit = Math.max(end ?? at, task.scheduledAt);
  const bars = barsOfAttempts(task, end, limit);
  const idleSince = bars.at(-1)?.to ?? task.scheduledAt;
  const last = task.attempts.at(-1);
  if (last !== undefined && (last.endedAt === null || end !== null)) return bars;
  if (end === null) return [...bars, queue(idleSince, Math.max(limit, idleSince), true)];
  // It ended without an attempt: a cached result, a cancellation.
  const mark = markOfTaskState(task.state);
  const moment: Bar = { kind: "attempt", from: limit, to: limit, mark, attempt: 0, isOpen: false };
  return limit > idleSince ? [queue(idleSince, limit, false), moment] : [moment];
}

/** Each attempt, and the wait before it. */
function barsOfAttempts(task: TaskPicture, end: number | null, limit: number): readonly Bar[] {
  const bars: Bar[] = [];
  let idleSince = task.scheduledAt;
  for (const { attempt, startedAt, endedAt, state } of task.attempts) {
    if (startedAt > idleSince) bars.push(queue(idleSince, startedAt, false));
    const to = Math.max(endedAt ?? limit, startedAt);
    const wasLeft = endedAt === null && end !== null;
    const mark = markOfTaskState(wasLeft ? task.state : state);
    bars.push({ kind: "attempt", from: startedAt, to, mark, attempt, isOpen: endedAt === null && !wasLeft });
    idleSince = to;
  }
  return bars;
}

function queue(from: number, to: number, isOpen: boolean): Bar {
  return { kind: "queue", from, to, mark: "pending", attempt: 0, isOpen };
}
