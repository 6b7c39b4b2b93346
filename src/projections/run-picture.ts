import type { RecordedError } from "../base/recorded-error.ts";
import type {
  ChildPicture,
  SignalPicture,
  TimerPicture,
  UpdatePicture,
  WaitPicture,
} from "./call-pictures.ts";
import { newSummary, type RunSummary } from "./run-summary.ts";
import { type TaskPicture, type TaskState, taskStateAt } from "./task-picture.ts";

/** A fact that a flow was given, or will be. */
export interface FactPicture {
  readonly position: number;
  readonly key: string; // of the call; else the id of the signal or of the update; "" = about the run
  readonly name: string; // the same key; else the name of the signal or of the update; "" = about the run
  readonly type:
    | "TaskCompleted"
    | "TaskFailed"
    | "TaskReused"
    | "TimerFired"
    | "ChildEnded"
    | "CallReused"
    | "SignalReceived"
    | "UpdateRequested"
    | "RunCancelRequested";
}

export interface TurnPicture {
  readonly n: number;
  readonly position: number;
  readonly takenAt: number;
  readonly worker: string | null; // null = the actor was none
  readonly epoch: number; // of the owner
  readonly codeHash: string;
  readonly attempt: number; // of the flow
  readonly delivered: readonly FactPicture[];
  readonly asked: string[]; // keys of the calls that it made
  readonly done: boolean; // the flow function ended
}

export interface OwnerPicture {
  readonly worker: string | null; // null = the actor of its turn was no worker
  readonly epoch: number;
  readonly at: number; // when it was last heard of
}

/** Something that stood in the way of the run. */
export interface ProblemPicture {
  readonly kind: "blocked" | "owner lost";
  readonly position: number;
  readonly at: number;
  readonly code: string | null; // of a blocked run: how code and history differ
  readonly message: string;
  clearedAt: number | null; // when somebody went on; null = it stands in the way now
}

/** One attempt of the flow function. */
export interface RunAttemptPicture {
  readonly attempt: number; // 1 = first try
  readonly askedAt: number; // when it was asked for
  readonly reason: string | null; // of somebody who asked for it; null = by its retry policy, or none was given
  readonly notBefore: number | null; // null = at once
  firstTurn: number | null; // null = it has not begun
  beganAt: number | null;
  endedAt: number | null; // null = it is open
  state: string; // by its name: "Open" until it ends
  error: RecordedError | null; // null = it did not fail
}

/** Somebody told the run to stand still. */
export interface PausePicture {
  readonly position: number;
  readonly at: number;
  readonly by: string; // the actor
  readonly reason: string | null;
}

/** Somebody wants the run to end. */
export interface CancellationPicture {
  readonly position: number;
  readonly at: number;
  readonly by: string; // the actor
  readonly reason: string | null;
  deliveredIn: number | null; // the turn that told the flow; null = none did
}

/** The whole state of a run after one of its events: what its log tells, and nothing else. */
export interface RunPicture {
  readonly summary: RunSummary;
  readonly tasks: Map<string, TaskPicture>; // by key, in the order of the calls, as the next three
  readonly timers: Map<string, TimerPicture>;
  readonly waits: Map<string, WaitPicture>;
  readonly children: Map<string, ChildPicture>;
  readonly signals: Map<number, SignalPicture>; // by position
  readonly updates: Map<string, UpdatePicture>; // by id
  readonly patches: string[]; // ids of the changes to the code that it has taken part in
  readonly attempts: RunAttemptPicture[]; // of the flow; the last one is the present one
  readonly turns: TurnPicture[];
  readonly inbox: Map<number, FactPicture>; // facts that no turn has given to the flow, by position
  readonly problems: ProblemPicture[];
  readonly openWaits: Map<string, WaitPicture>; // those of the waits that signals go to, oldest first
  pause: PausePicture | null; // null = nobody holds it back
  cancellation: CancellationPicture | null; // of the present attempt; null = nobody asked for it
  owner: OwnerPicture | null; // who took the last turn, if nothing says that it let go; null = nobody
}

export function newPicture(run: string): RunPicture {
  return {
    summary: newSummary(run),
    tasks: new Map(),
    timers: new Map(),
    waits: new Map(),
    children: new Map(),
    signals: new Map(),
    updates: new Map(),
    patches: [],
    attempts: [],
    turns: [],
    inbox: new Map(),
    problems: [],
    openWaits: new Map(),
    pause: null,
    cancellation: null,
    owner: null,
  };
}

/**
 * The state of one of its tasks. What ran in the process of an owner that was lost, or that let go of a blocked run, runs
 * no more: the next owner begins it again.
 */
export function taskStateIn({ summary, owner }: RunPicture, task: TaskPicture): TaskState {
  if (task.endedAt === null && (task.leftAt !== null || summary.endedAt !== null)) return "Abandoned";
  const state = taskStateAt(task, summary.updatedAt);
  const isGone = state === "Running" && task.queue === null && owner === null;
  return isGone ? "Pending" : state;
}
