import { isType, type RecordedEvent } from "../events/envelope.ts";

/** Type of a run's state; type and name as in Prefect. */
export type StateType =
  | "SCHEDULED"
  | "PENDING"
  | "RUNNING"
  | "PAUSED"
  | "COMPLETED"
  | "FAILED"
  | "CANCELLED"
  | "CRASHED";

/** What made a run. */
export type Trigger = "script" | "client";

/** A task that is under way, as much of it as a summary has to remember. */
export interface OpenTask {
  readonly name: string;
  readonly queue: string | null; // null = in the owner's process
  attempt: number; // 1 = first try
  readyAt: number; // epoch ms; since when the attempt could have begun
  startedAt: number | null; // epoch ms; null = no worker has begun it
}

/**
 * A run in one document: what lists, filters and statistics need. The fold of its events; all instants are epoch ms by
 * the clock of the log. `position` says how much of the run's stream it holds, so no event counts twice.
 */
export interface RunSummary {
  run: string;
  position: number; // of the last event that is in here; 0 = none
  flow: string;
  name: string;
  queue: string;
  tags: readonly string[];
  root: string | null; // the run at the top of a tree of child runs; null = this one
  source: string | null; // file that defines the flow; null = unknown
  trigger: Trigger;
  traceparent: string | null; // W3C trace context of the creator; null = not traced
  state: StateType;
  stateName: string;
  message: string | null;
  error: string | null; // "TypeError: x is not a function", shortened; null = it did not fail
  createdAt: number;
  startedAt: number | null; // null = its code was not called yet
  endedAt: number | null; // null = it is open
  updatedAt: number; // when the last event was recorded
  codeHash: string; // of the newest turn; "" = none was taken
  turns: number;
  tasks: number; // calls of tasks
  completed: number; // of them
  failed: number; // of them, for good
  retries: number; // attempts that failed or crashed and were followed by another one
  crashes: number; // owners that were lost
  open: Map<string, OpenTask>; // by task key; empty once the run has ended
}

export function newSummary(run: string): RunSummary {
  return {
    run,
    position: 0,
    flow: "",
    name: "",
    queue: "",
    tags: [],
    root: null,
    source: null,
    trigger: "client",
    traceparent: null,
    state: "SCHEDULED",
    stateName: "Scheduled",
    message: null,
    error: null,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
    updatedAt: 0,
    codeHash: "",
    turns: 0,
    tasks: 0,
    completed: 0,
    failed: 0,
    retries: 0,
    crashes: 0,
    open: new Map(),
  };
}

/** What one event changed: the event, the run after it, and the task that it is about, as it stood before. */
export interface Change {
  readonly event: RecordedEvent;
  readonly run: Readonly<RunSummary>;
  readonly task: Readonly<OpenTask> | null; // null = the event is about the run, or begins the task
}

/** Puts the next event into a summary, in place. Total: an event in the log is a fact. */
export function foldRun(run: RunSummary, event: RecordedEvent): Change {
  const task = "key" in event.data ? (run.open.get(event.data.key) ?? null) : null;
  const before = task === null ? null : { ...task };
  run.position = event.position;
  run.updatedAt = event.recordedAt;
  if (!foldLife(run, event)) foldWork(run, event, task);
  return { event, run, task: before };
}

const maxErrorLength = 200;

function foldLife(run: RunSummary, event: RecordedEvent): boolean {
  switch (event.type) {
    case "RunCreated": {
      const { flow, name, queue, tags, root, source, traceparent } = event.data;
      const trigger = event.actor.startsWith("client:") ? "client" : "script";
      Object.assign(run, { flow, name, queue, tags, root, source, traceparent, trigger });
      run.createdAt = event.recordedAt;
      return true;
    }
    case "RunStarted":
      run.startedAt = event.recordedAt;
      return true;
    case "TurnTaken":
      run.turns = event.data.n;
      run.codeHash = event.data.codeHash;
      if (run.state === "SCHEDULED") enter(run, "RUNNING", "Running", null);
      return true;
    case "RunBlocked":
      enter(run, "PAUSED", "Blocked", event.data.message);
      return true;
    case "RunUnblocked":
      enter(run, run.turns === 0 ? "SCHEDULED" : "RUNNING", run.turns === 0 ? "Scheduled" : "Running", null);
      return true;
    case "OwnerLost":
      run.crashes += 1;
      return true;
    default:
      return foldEnd(run, event);
  }
}

function foldEnd(run: RunSummary, event: RecordedEvent): boolean {
  switch (event.type) {
    case "RunCompleted":
      enter(run, "COMPLETED", event.data.name, event.data.message);
      break;
    case "RunFailed": {
      const { error, name, message } = event.data;
      enter(run, "FAILED", name, message);
      run.error = `${error.name}: ${error.message}`.slice(0, maxErrorLength);
      break;
    }
    case "RunCancelled":
      enter(run, "CANCELLED", event.data.name, event.data.message);
      break;
    case "RunCrashed":
      enter(run, "CRASHED", "Crashed", event.data.message);
      break;
    default:
      return false;
  }
  run.endedAt = event.recordedAt;
  run.open.clear();
  return true;
}

function enter(run: RunSummary, state: StateType, name: string, message: string | null): void {
  run.state = state;
  run.stateName = name;
  run.message = message;
}

function foldWork(run: RunSummary, event: RecordedEvent, task: OpenTask | null): void {
  const { recordedAt } = event;
  if (isType(event, "TaskScheduled")) {
    const { key, name, queue } = event.data;
    run.tasks += 1;
    const startedAt = queue === null ? recordedAt : null; // the owner begins at once, and does not record it
    run.open.set(key, { name, queue, attempt: 1, readyAt: recordedAt, startedAt });
  }
  if (task === null) return;
  switch (event.type) {
    case "TaskStarted":
      task.startedAt = recordedAt;
      task.attempt = event.data.attempt;
      return;
    case "TaskCompleted":
    case "TaskReused":
      run.completed += 1;
      run.open.delete(event.data.key);
      return;
    case "TaskFailed":
      run.failed += 1;
      run.open.delete(event.data.key);
      return;
    case "TaskAttemptFailed":
      tryAgain(run, task, event.data.attempt, Math.max(recordedAt, event.data.retryAt));
      return;
    case "TaskCrashed":
      tryAgain(run, task, event.data.attempt, recordedAt);
      return;
    case "CallCancelled":
      run.open.delete(event.data.key);
      return;
    default:
  }
}

function tryAgain(run: RunSummary, task: OpenTask, attempt: number, readyAt: number): void {
  run.retries += 1;
  task.attempt = attempt + 1;
  task.readyAt = readyAt;
  task.startedAt = task.queue === null ? readyAt : null;
}
