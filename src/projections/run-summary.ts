import type { RecordedEvent } from "../events/envelope.ts";

/** Type of a run's state; type and name as in Prefect. */
export type StateType =
  | "SCHEDULED"
  | "PENDING"
  | "RUNNING"
  | "PAUSED"
  | "CANCELLING" // it was asked to end, and cleans up
  | "COMPLETED"
  | "FAILED"
  | "CANCELLED"
  | "CRASHED";

/** What made a run. */
export type Trigger = "script" | "client" | "schedule" | "parent" | "continuation" | "fork";

/** A task that is under way, as much of it as a summary has to remember. */
export interface OpenTask {
  readonly name: string;
  readonly queue: string | null; // null = in the owner's process
  attempt: number; // 1 = first try
  readyAt: number; // epoch ms; since when the attempt could have begun
  startedAt: number | null; // epoch ms; null = no worker has begun it
}

/** A wait for a signal that has not come. */
export interface OpenWait {
  readonly name: string; // of the signal
  readonly prompt: string | null; // null = it is not for a person
  readonly position: number; // of the event that began it: the oldest wait gets the next signal
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
  parent: string | null; // the run whose flow called this one; null = nobody's
  parentKey: string | null; // of the call in there
  continuedFrom: string | null; // the run that it carries on; null = none
  continuedTo: string | null; // the run that carries it on; null = none
  forkedFrom: string | null; // the run whose history it shares; null = none
  source: string | null; // file that defines the flow; null = unknown
  trigger: Trigger;
  traceparent: string | null; // W3C trace context of the creator; null = not traced
  state: StateType;
  stateName: string;
  message: string | null;
  error: string | null; // "TypeError: x is not a function", shortened; of the newest failure; null = it did not fail
  createdAt: number;
  startedAt: number | null; // null = its code was not called yet
  endedAt: number | null; // null = it is open
  notBefore: number | null; // its next attempt begins then at the earliest; null = no time is given
  updatedAt: number; // when the last event was recorded
  codeHash: string; // of the newest turn; "" = none was taken
  turns: number;
  attempt: number; // of the flow function; 1 = first try
  isBegun: boolean; // this attempt has taken a turn
  blocked: string | null; // what stands in its way; null = nothing does
  paused: string | null; // why somebody told it to stand still; "" = no reason was given; null = nobody did
  cancelling: string | null; // why it was asked to end; "" = no reason was given; null = nobody asked
  tasks: number; // calls of tasks
  completed: number; // of them
  failed: number; // of them, for good
  cancelled: number; // of them
  cached: number; // of the completed: the result was there before
  reused: number; // of the completed: an earlier attempt of the flow was given the result
  retries: number; // attempts that failed or crashed and were followed by another one
  crashes: number; // owners that were lost
  children: number; // calls of flows
  childrenCompleted: number; // of them
  childrenFailed: number; // of them, in whatever state that is not Completed
  signals: number; // that were sent to it
  open: Map<string, OpenTask>; // by task key; empty once the run has ended, as the next ones
  openChildren: Map<string, string>; // key of the call -> run
  waits: Map<string, OpenWait>; // by key
  received: (readonly [position: number, name: string])[]; // signals that no turn has given to the flow
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
    parent: null,
    parentKey: null,
    continuedFrom: null,
    continuedTo: null,
    forkedFrom: null,
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
    notBefore: null,
    updatedAt: 0,
    codeHash: "",
    turns: 0,
    attempt: 1,
    isBegun: false,
    blocked: null,
    paused: null,
    cancelling: null,
    tasks: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    cached: 0,
    reused: 0,
    retries: 0,
    crashes: 0,
    children: 0,
    childrenCompleted: 0,
    childrenFailed: 0,
    signals: 0,
    open: new Map(),
    openChildren: new Map(),
    waits: new Map(),
    received: [],
  };
}

/** What one event changed: the event, the run after it, and the call that it is about, as it stood before. */
export interface Change {
  readonly event: RecordedEvent;
  readonly run: Readonly<RunSummary>;
  readonly task: Readonly<OpenTask> | null; // null = the event is about no task that is open, or begins it
}
