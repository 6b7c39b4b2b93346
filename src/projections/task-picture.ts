import { undoneBy } from "../base/hook-keys.ts";
import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";

/** State of a task run, by its name in Prefect. */
export type TaskState =
  | "Pending" // no worker has begun it, or none has it any more
  | "Running"
  | "AwaitingRetry"
  | "Completed"
  | "RolledBack" // it had ended well, and what it did was undone
  | "Cached" // a result that was there stands for it
  | "Failed"
  | "TimedOut"
  | "Crashed"
  | "Cancelled" // the flow does not wait for it any more
  | "Reused" // an earlier attempt of the flow was given its result
  | "Abandoned"; // the attempt of the flow ended while it was open

/** One attempt of a task run, as far as the log knows. Instants are epoch ms. */
export interface AttemptPicture {
  readonly attempt: number; // 1 = first try
  readonly startedAt: number;
  worker: string | null; // null = not known
  state: TaskState; // Running until it ends
  endedAt: number | null; // null = not yet
  error: RecordedError | null; // null = it did not fail
}

/** One call of a task. */
export interface TaskPicture {
  readonly key: string;
  readonly name: string;
  readonly queue: string | null; // null = in the owner's process
  readonly site: string | null; // file:line of the call; null = unknown
  readonly turn: number; // that asked for it
  readonly scheduledAt: number;
  readonly position: number; // of the event that has its arguments
  state: TaskState;
  retryAt: number | null; // when the next attempt may begin; null = none is awaited
  endedAt: number | null; // null = it is open
  endPosition: number | null; // of the event that has its result or error; null = it is open
  deliveredIn: number | null; // the turn that gave its end to the flow; null = none did
  leftAt: number | null; // when the attempt of the flow that called it ended before it did; null = it did not
  readonly attempts: AttemptPicture[];
}

/** Where a call comes from. */
export interface CallOrigin {
  readonly turn: number;
  readonly owner: string | null; // the worker that has the run; null = not known
}

type TaskEvent = Extract<RecordedEvent, { type: `Task${string}` }>;

export function isOfTask(event: RecordedEvent): event is TaskEvent {
  return event.type.startsWith("Task");
}

/** Puts the next event of a task into the tasks of its run, in place. O(1). */
export function foldTask(
  tasks: Map<string, TaskPicture>,
  event: TaskEvent,
  { turn, owner }: CallOrigin,
): void {
  if (event.type === "TaskScheduled") {
    tasks.set(event.data.key, begin(event, turn, owner));
    return;
  }
  const task = tasks.get(event.data.key);
  if (task === undefined) return;
  const { recordedAt } = event;
  switch (event.type) {
    case "TaskStarted":
      start(task, event);
      return;
    case "TaskCompleted":
      endAttempt(task, event, "Completed");
      end(task, event, "Completed");
      markUndone(tasks, task);
      return;
    case "TaskFailed": {
      const state = toState(event.data.name);
      endAttempt(task, event, state).error = event.data.error;
      end(task, event, state);
      return;
    }
    case "TaskAttemptFailed": {
      const { error, retryAt } = event.data;
      endAttempt(task, event, error.code === "TASK_TIMED_OUT" ? "TimedOut" : "Failed").error = error;
      awaitRetry(task, Math.max(recordedAt, retryAt));
      return;
    }
    case "TaskCrashed":
      endAttempt(task, event, "Crashed");
      awaitRetry(task, recordedAt);
      return;
    case "TaskReused":
      reuse(task, event);
  }
}

/** The flow does not wait for the task any more, or has its result from an earlier attempt. Nothing once it has ended. */
export function closeTask(
  task: TaskPicture,
  event: RecordedEvent<"CallCancelled" | "CallReused">,
  state: "Cancelled" | "Reused",
): void {
  if (task.endedAt !== null) return;
  const last = task.attempts.at(-1);
  if (state === "Reused") task.attempts.length = 0;
  else if (last?.endedAt === null) {
    last.state = state;
    last.endedAt = event.recordedAt;
  }
  end(task, event, state);
}

/**
 * The state of a task at an instant that is not before its newest event: the log does not say when an attempt in the
 * owner's process begins again, but it does so as soon as it may.
 */
export function taskStateAt({ state, queue, retryAt }: TaskPicture, atMs: number): TaskState {
  return queue === null && retryAt !== null && retryAt <= atMs ? "Running" : state;
}

/** The worker that wrote an event; null = somebody else did. */
export function workerOf({ actor }: RecordedEvent): string | null {
  return actor.startsWith(workerPrefix) ? actor.slice(workerPrefix.length) : null;
}

const workerPrefix = "worker:";

function begin(event: RecordedEvent<"TaskScheduled">, turn: number, owner: string | null): TaskPicture {
  const { key, name, queue, site } = event.data;
  const { recordedAt: scheduledAt, position } = event;
  return {
    key,
    name,
    queue,
    site,
    turn,
    scheduledAt,
    position,
    state: queue === null ? "Running" : "Pending",
    retryAt: null,
    endedAt: null,
    endPosition: null,
    deliveredIn: null,
    leftAt: null,
    // The owner begins at once, and does not record it.
    attempts: queue === null ? [blankAttempt(1, scheduledAt, owner)] : [],
  };
}

function blankAttempt(attempt: number, startedAt: number, worker: string | null): AttemptPicture {
  return { attempt, startedAt, worker, state: "Running", endedAt: null, error: null };
}

function start(task: TaskPicture, { data, recordedAt }: RecordedEvent<"TaskStarted">): void {
  const { attempt, worker } = data;
  if (task.attempts.at(-1)?.attempt !== attempt)
    task.attempts.push(blankAttempt(attempt, recordedAt, worker));
  task.state = "Running";
  task.retryAt = null;
}

/** The attempt that an event ends; one that nobody recorded the begin of began when it could. */
function endAttempt(
  task: TaskPicture,
  event: RecordedEvent<"TaskCompleted" | "TaskFailed" | "TaskAttemptFailed" | "TaskCrashed">,
  state: TaskState,
): AttemptPicture {
  const { attempt } = event.data;
  let ended = task.attempts.at(-1);
  if (ended?.attempt !== attempt) {
    const startedAt = Math.min(event.recordedAt, task.retryAt ?? task.scheduledAt);
    ended = blankAttempt(attempt, startedAt, null);
    task.attempts.push(ended);
  }
  ended.worker = workerOf(event) ?? ended.worker; // a new owner may have begun it again
  ended.state = state;
  ended.endedAt = event.recordedAt;
  return ended;
}

function end(task: TaskPicture, event: RecordedEvent, state: TaskState): void {
  task.state = state;
  task.retryAt = null;
  task.endedAt = event.recordedAt;
  task.endPosition = event.position;
}

function reuse(task: TaskPicture, event: RecordedEvent<"TaskReused">): void {
  if (task.attempts.at(-1)?.endedAt === null) task.attempts.pop(); // it did not begin after all
  end(task, event, "Cached");
}

/** A rollback that ended well is told by the task that it undid. */
function markUndone(tasks: ReadonlyMap<string, TaskPicture>, { name, key }: TaskPicture): void {
  const undone = undoneBy(name, key);
  const task = undone === null ? undefined : tasks.get(undone);
  if (task !== undefined) task.state = "RolledBack";
}

function awaitRetry(task: TaskPicture, retryAt: number): void {
  task.state = "AwaitingRetry";
  task.retryAt = retryAt;
}

function toState(name: string): TaskState {
  return name === "TimedOut" || name === "Crashed" ? name : "Failed";
}
