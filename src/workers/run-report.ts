import { undoneBy } from "../base/hook-keys.ts";
import type { RecordedError } from "../base/recorded-error.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { taskRunName } from "./open-work.ts";

/** A task run, or a sleep, as the history tells it. */
export interface StepReport {
  readonly key: string;
  readonly name: string; // for people: "square-0[3]"
  readonly queue: string | null; // null = in the owner's process
  readonly state: string; // name, as in Prefect
  readonly attempts: number;
  readonly startedAt: number | null; // epoch ms; null = nobody has begun it
  readonly endedAt: number | null; // null = not yet
  readonly error: RecordedError | null; // of its newest failure
}

type Step = { -readonly [Field in keyof StepReport]: StepReport[Field] };

export interface StepsReport {
  readonly turns: number;
  readonly steps: readonly StepReport[]; // in the order in which the flow asked for them
}

/** Folds a history into its steps. Pure. */
export function toSteps(events: readonly RecordedEvent[]): StepsReport {
  const steps = new Map<string, Step>();
  let turns = 0;
  for (const event of events) {
    if (isType(event, "TurnTaken")) turns += 1;
    else if ("key" in event.data) note(steps, event, event.data.key);
  }
  return { turns, steps: [...steps.values()] };
}

function note(steps: Map<string, Step>, event: RecordedEvent, key: string): void {
  const step = steps.get(key);
  if (step === undefined) {
    const begun = begin(event, key);
    if (begun !== null) steps.set(key, begun);
  } else {
    Object.assign(step, changeBy(event, step));
    const undone = isType(event, "TaskCompleted") ? stepUndoneBy(steps, key) : undefined;
    if (undone !== undefined) undone.state = "RolledBack";
  }
}

/** The step that a rollback of this key has undone. */
function stepUndoneBy(steps: Map<string, Step>, key: string): Step | undefined {
  const [, name = ""] = /([^/#[]+\.rollback)[#[]/.exec(key) ?? [];
  const undone = undoneBy(name, key);
  return undone === null ? undefined : steps.get(undone);
}

function begin(event: RecordedEvent, key: string): Step | null {
  const blank = { key, name: taskRunName(key), endedAt: null, error: null };
  if (isType(event, "TimerStarted")) {
    return { ...blank, queue: null, state: "Sleeping", attempts: 0, startedAt: event.recordedAt };
  }
  if (!isType(event, "TaskScheduled")) return null;
  const { queue } = event.data;
  const isHere = queue === null;
  const startedAt = isHere ? event.recordedAt : null;
  return { ...blank, queue, state: isHere ? "Running" : "Pending", attempts: isHere ? 1 : 0, startedAt };
}

function changeBy(event: RecordedEvent, step: Step): Partial<Step> {
  const endedAt = event.recordedAt;
  switch (event.type) {
    case "TaskStarted":
      return {
        state: "Running",
        attempts: event.data.attempt,
        startedAt: step.startedAt ?? event.recordedAt,
      };
    case "TaskCompleted":
      return { state: "Completed", attempts: event.data.attempt, endedAt, error: null };
    case "TaskReused":
      return { state: "Cached", attempts: 0, startedAt: step.startedAt ?? endedAt, endedAt, error: null };
    case "TaskFailed":
      return { state: event.data.name, attempts: event.data.attempt, endedAt, error: event.data.error };
    case "TaskAttemptFailed":
      return { state: "AwaitingRetry", attempts: event.data.attempt, error: event.data.error };
    case "TaskCrashed":
      return { state: "AwaitingRetry", attempts: event.data.attempt };
    case "TimerFired":
      return { state: "Completed", endedAt };
    default:
      return {};
  }
}
