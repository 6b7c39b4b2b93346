import { recordError } from "../base/recorded-error.ts";
import { noBounds } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { TaskFailed } from "../events/task-events.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { DueTask } from "./due-task.ts";
import { rulesOfHint } from "./limited-attempt.ts";
import type { TaskHint } from "./run-ports.ts";

/** The hint of a queued task's next attempt. */
export function toHint(due: DueTask, run: RunInfo, queue: string): TaskHint {
  const { call, scheduled, attempt, delayMs, crashes, heartbeatAt } = due;
  const { scheduleToStartMs, scheduleToCloseMs, maxCrashes } = call.task.bounds;
  const isTimed = scheduleToStartMs !== null || scheduleToCloseMs !== null;
  const rules = rulesOfHint(scheduled.data.rules);
  return {
    run: run.id,
    flow: run.flow,
    queue,
    task: call.name,
    key: call.key,
    position: scheduled.position,
    attempt,
    delayMs,
    crashes,
    ...(maxCrashes === noBounds.maxCrashes ? {} : { maxCrashes }),
    ...(isTimed ? { isTimed } : {}),
    ...(heartbeatAt === null ? {} : { heartbeatAt }),
    ...(rules === undefined ? {} : { rules }),
  };
}

/** The hint of the attempt that follows one which failed or died, as the event at `position` says. */
export function nextHint(
  hint: TaskHint,
  event: Event,
  { position, delayMs }: { readonly position: number; readonly delayMs: number },
): TaskHint {
  if (event.type !== "TaskAttemptFailed" && event.type !== "TaskCrashed") return hint;
  const { isAgain: _, ...rest } = hint;
  const crashes = hint.crashes + (event.type === "TaskCrashed" ? 1 : 0);
  const next = { ...rest, attempt: event.data.attempt + 1, crashes, delayMs };
  return event.data.heartbeat === null ? next : { ...next, heartbeatAt: position };
}

/** Whether the event is the end of the task that has this key. */
export function isEndOf(event: RecordedEvent, key: string): boolean {
  const { type } = event;
  const isEnd = type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused";
  return isEnd && event.data.key === key;
}

/** The end of a task whose workers died too often. */
export function crashedTask(key: string, attempt: number, crashes: number): Event<"TaskFailed"> {
  const error = recordError(
    new Error(
      `${crashes} workers died while they ran this task. Does it end the process, or use all memory? ` +
        `Its option maxCrashes says how many may.`,
    ),
  );
  return TaskFailed.make({ key, attempt, error, name: "Crashed" });
}
