import type { RecordedEvent } from "../events/envelope.ts";
import { foldRun, newSummary, type RunSummary } from "./run-summary.ts";
import { foldTask, type TaskPicture, type TaskState, taskStateAt, workerOf } from "./task-picture.ts";

/** One sleep. Instants are epoch ms. */
export interface TimerPicture {
  readonly key: string;
  readonly ms: number;
  readonly site: string | null; // file:line of the call; null = unknown
  readonly turn: number; // that asked for it
  readonly startedAt: number;
  readonly dueAt: number;
  firedAt: number | null; // null = not yet
  deliveredIn: number | null; // the turn that gave it to the flow; null = none did
}

/** A fact that a flow was given, or will be. */
export interface FactPicture {
  readonly position: number;
  readonly key: string;
  readonly type: "TaskCompleted" | "TaskFailed" | "TaskReused" | "TimerFired";
}

export interface TurnPicture {
  readonly n: number;
  readonly position: number;
  readonly takenAt: number;
  readonly worker: string | null; // null = the actor was none
  readonly epoch: number; // of the owner
  readonly codeHash: string;
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

/** The whole state of a run after one of its events: what its log tells, and nothing else. */
export interface RunPicture {
  readonly summary: RunSummary;
  readonly tasks: Map<string, TaskPicture>; // by key, in the order of the calls
  readonly timers: Map<string, TimerPicture>; // the same
  readonly turns: TurnPicture[];
  readonly inbox: Map<number, FactPicture>; // facts that no turn has given to the flow, by position
  readonly problems: ProblemPicture[];
  owner: OwnerPicture | null; // who took the last turn, if nothing says that it let go; null = nobody
}

export function newPicture(run: string): RunPicture {
  return {
    summary: newSummary(run),
    tasks: new Map(),
    timers: new Map(),
    turns: [],
    inbox: new Map(),
    problems: [],
    owner: null,
  };
}

/** The run after the first `n` of its events. */
export function pictureAt(events: readonly RecordedEvent[], n: number): RunPicture {
  const picture = newPicture(events[0]?.run ?? "");
  for (const event of events.slice(0, n)) foldPicture(picture, event);
  return picture;
}

/** Puts the next event into a picture, in place. O(1), but for the facts that a turn lists. Total, as every fold. */
export function foldPicture(picture: RunPicture, event: RecordedEvent): void {
  foldRun(picture.summary, event);
  switch (event.type) {
    case "TurnTaken":
      takeTurn(picture, event);
      return;
    case "RunBlocked":
      picture.owner = null;
      raise(picture, event, { kind: "blocked", code: event.data.code, message: event.data.message });
      return;
    case "RunUnblocked":
      clear(picture, event.recordedAt);
      return;
    case "OwnerLost": {
      picture.owner = null;
      const message = `Worker ${event.data.worker} (epoch ${event.data.epoch}) was lost.`;
      raise(picture, event, { kind: "owner lost", code: null, message });
      return;
    }
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
    case "RunCrashed":
      picture.owner = null;
      return;
    default:
      if (isOfCall(event)) foldCall(picture, event);
  }
}

/**
 * The state of one of its tasks. What ran in the process of an owner that was lost, or that let go of a blocked run, runs
 * no more: the next owner begins it again.
 */
export function taskStateIn({ summary, owner }: RunPicture, task: TaskPicture): TaskState {
  const state = taskStateAt(task, summary.updatedAt);
  const isGone = state === "Running" && task.queue === null && owner === null && summary.endedAt === null;
  return isGone ? "Pending" : state;
}

type CallEvent = Extract<RecordedEvent, { type: `Task${string}` | `Timer${string}` }>;

function isOfCall(event: RecordedEvent): event is CallEvent {
  return event.type.startsWith("Task") || event.type.startsWith("Timer");
}

function foldCall(picture: RunPicture, event: CallEvent): void {
  const turn = picture.turns.at(-1);
  const n = turn?.n ?? 0;
  if (event.type === "TaskScheduled" || event.type === "TimerStarted") turn?.asked.push(event.data.key);
  else noteFact(picture.inbox, event);
  if (event.type === "TimerStarted" || event.type === "TimerFired") foldTimer(picture.timers, event, n);
  else foldTask(picture.tasks, event, { turn: n, owner: picture.owner?.worker ?? null });
}

function noteFact(inbox: RunPicture["inbox"], { type, position, data }: CallEvent): void {
  if (type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused" || type === "TimerFired")
    inbox.set(position, { position, key: data.key, type });
}

function foldTimer(
  timers: RunPicture["timers"],
  event: RecordedEvent<"TimerStarted" | "TimerFired">,
  turn: number,
): void {
  if (event.type === "TimerStarted") {
    const { key, ms, site } = event.data;
    const { recordedAt: startedAt } = event;
    const dueAt = startedAt + ms;
    timers.set(key, { key, ms, site, turn, startedAt, dueAt, firedAt: null, deliveredIn: null });
    return;
  }
  const timer = timers.get(event.data.key);
  if (timer !== undefined) timer.firedAt = event.recordedAt;
}

function takeTurn(picture: RunPicture, event: RecordedEvent<"TurnTaken">): void {
  const { n, epoch, codeHash, done } = event.data;
  const { position, recordedAt: takenAt } = event;
  const worker = workerOf(event);
  const delivered = event.data.delivered.flatMap((mark) => {
    const fact = picture.inbox.get(mark > 0 ? mark : position + mark);
    if (fact === undefined) return [];
    picture.inbox.delete(fact.position);
    const call = picture.tasks.get(fact.key) ?? picture.timers.get(fact.key);
    if (call !== undefined) call.deliveredIn = n;
    return [fact];
  });
  picture.turns.push({ n, position, takenAt, worker, epoch, codeHash, delivered, asked: [], done });
  picture.owner = { worker, epoch, at: takenAt };
  clear(picture, takenAt);
}

type Trouble = Pick<ProblemPicture, "kind" | "code" | "message">;

function raise(picture: RunPicture, { position, recordedAt: at }: RecordedEvent, trouble: Trouble): void {
  clear(picture, at); // one thing at a time stands in the way
  picture.problems.push({ ...trouble, position, at, clearedAt: null });
}

function clear({ problems }: RunPicture, at: number): void {
  const last = problems.at(-1);
  if (last !== undefined) last.clearedAt ??= at;
}
