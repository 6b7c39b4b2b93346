import { type RunPicture, taskStateIn } from "../../../src/projections/run-picture.ts";
import type { TaskState } from "../../../src/projections/task-picture.ts";
import type { Call } from "./calls.ts";

/** How a call looks: one colour and one shape each. */
export type CallMark =
  | "pending"
  | "running"
  | "waiting"
  | "retrying"
  | "completed"
  | "cached"
  | "failed"
  | "timedout"
  | "crashed"
  | "cancelled"
  | "undone"
  | "abandoned";

const markOfState: Readonly<Record<TaskState, CallMark>> = {
  Pending: "pending",
  Running: "running",
  AwaitingRetry: "retrying",
  Completed: "completed",
  RolledBack: "undone",
  Cached: "cached",
  Failed: "failed",
  TimedOut: "timedout",
  Crashed: "crashed",
  Cancelled: "cancelled",
  Reused: "cached",
  Abandoned: "abandoned",
};

export function markOfTaskState(state: TaskState): CallMark {
  return markOfState[state];
}

export function markOf(picture: RunPicture, call: Call): CallMark {
  switch (call.kind) {
    case "task":
      return markOfState[taskStateIn(picture, call.of)];
    case "timer":
      return call.of.firedAt === null ? (closing(call.of) ?? "waiting") : "completed";
    case "wait":
      return call.of.received === null ? (closing(call.of) ?? "waiting") : "completed";
    case "child":
      return call.of.endedAt === null ? (closing(call.of) ?? "running") : markOfRun(call.of.state);
  }
}

/** The mark of a run's state, by its name. */
function markOfRun(state: string): CallMark {
  switch (state) {
    case "Completed":
      return "completed";
    case "Cached":
      return "cached";
    case "Cancelled":
      return "cancelled";
    case "Crashed":
      return "crashed";
    case "TimedOut":
      return "timedout";
    default:
      return "failed";
  }
}

function closing({ closing }: { closing: "Cancelled" | "Reused" | "Abandoned" | null }): CallMark | null {
  switch (closing) {
    case "Cancelled":
      return "cancelled";
    case "Reused":
      return "cached";
    case "Abandoned":
      return "abandoned";
    case null:
      return null;
  }
}

/** Whether a person has something to look at: it failed, or one of its attempts did. */
export function hasFailed(call: Call): boolean {
  if (call.kind === "child") return call.of.endedAt !== null && markOfRun(call.of.state) !== "completed";
  if (call.kind !== "task") return false;
  return call.of.attempts.some(
    ({ state }) => state === "Failed" || state === "TimedOut" || state === "Crashed",
  );
}

const marksOfFailure: ReadonlySet<CallMark> = new Set(["failed", "timedout", "crashed"]);

export function isFailure(mark: CallMark): boolean {
  return marksOfFailure.has(mark);
}
