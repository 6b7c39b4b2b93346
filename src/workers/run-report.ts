import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { ChildPicture, TimerPicture, WaitPicture } from "../projections/call-pictures.ts";
import { pictureAt } from "../projections/fold-picture.ts";
import { type RunPicture, taskStateIn } from "../projections/run-picture.ts";
import type { TaskPicture, TaskState } from "../projections/task-picture.ts";
import { taskRunName } from "./task-run-name.ts";

/** A call of the flow, as the history tells it: a task run, a sleep, a wait for a signal, a child. */
export interface StepReport {
  readonly key: string;
  readonly name: string; // for people: "square-0[3]"
  readonly kind: "task" | "sleep" | "signal" | "child";
  readonly queue: string | null; // null = in the owner's process
  readonly state: string; // name, as in Prefect
  readonly attempts: number;
  readonly startedAt: number | null; // epoch ms; null = nobody has begun it
  readonly endedAt: number | null; // null = not yet
  readonly error: RecordedError | null; // of its newest failure
}

/** Those of the calls that have not ended. */
export function openSteps(events: readonly RecordedEvent[]): readonly StepReport[] {
  return stepsIn(pictureAt(events, events.length)).filter(({ endedAt }) => endedAt === null);
}

interface PlacedStep {
  readonly position: number;
  readonly step: StepReport;
}

/** The calls of a flow, in the order in which it asked for them. */
export function stepsIn(picture: RunPicture): readonly StepReport[] {
  const { tasks, timers, waits, children, signals } = picture;
  const placed: PlacedStep[] = [
    ...[...tasks.values()].map((task) => ofTask(task, picture)),
    ...[...timers.values()].map(ofTimer),
    ...[...waits.values()].map((wait) => ofWait(wait, signals.get(wait.received ?? 0)?.receivedAt ?? null)),
    ...[...children.values()].map(ofChild),
  ];
  return placed.sort((one, other) => one.position - other.position).map(({ step }) => step);
}

const goodStates: ReadonlySet<string> = new Set<TaskState>(["Completed", "RolledBack", "Cached", "Reused"]);

function ofTask(task: TaskPicture, picture: RunPicture): PlacedStep {
  const { key, queue, position, attempts, endedAt, leftAt } = task;
  const state = taskStateIn(picture, task);
  const error = attempts.findLast((attempt) => attempt.error !== null)?.error ?? null;
  return {
    position,
    step: {
      ...named(key),
      kind: "task",
      queue,
      state,
      attempts: attempts.at(-1)?.attempt ?? 0,
      startedAt: attempts[0]?.startedAt ?? null,
      endedAt: endedAt ?? leftAt,
      error: goodStates.has(state) ? null : error,
    },
  };
}

const unqueued = { queue: null, attempts: 0, error: null };

function ofTimer({ key, position, startedAt, firedAt, closedAt, closing }: TimerPicture): PlacedStep {
  const state = firedAt === null ? (closing ?? "Sleeping") : "Completed";
  const endedAt = firedAt ?? closedAt;
  return { position, step: { ...named(key), kind: "sleep", ...unqueued, state, startedAt, endedAt } };
}

function ofWait(wait: WaitPicture, receivedAt: number | null): PlacedStep {
  const { key, position, awaitedAt: startedAt, closedAt, closing, prompt } = wait;
  const open = prompt === null ? "Waiting" : "Paused";
  const state = receivedAt === null ? (closing ?? open) : "Completed";
  // A signal may have come before anybody waited for it.
  const endedAt = receivedAt === null ? closedAt : Math.max(startedAt, receivedAt);
  return { position, step: { ...named(key), kind: "signal", ...unqueued, state, startedAt, endedAt } };
}

function ofChild(child: ChildPicture): PlacedStep {
  const { key, position, queue, scheduledAt: startedAt, endedAt, closedAt, closing } = child;
  const state = endedAt === null ? (closing ?? "Running") : child.state;
  const times = { startedAt, endedAt: endedAt ?? closedAt };
  return { position, step: { ...named(key), kind: "child", ...unqueued, queue, state, ...times } };
}

function named(key: string): { readonly key: string; readonly name: string } {
  return { key, name: taskRunName(key) };
}
