import { recordError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { TaskFailed } from "../events/task-events.ts";
import { endKey } from "../redis/beats.ts";
import type { DueTask } from "./due-task.ts";
import { failureIn } from "./last-failure.ts";
import type { RunPorts } from "./run-ports.ts";
import { closeTimedOut, startTimedOut } from "./time-limits.ts";

/** When a queued task has failed, unless something happens before. */
export interface Deadline {
  readonly limit: "start" | "close";
  readonly limitMs: number;
  readonly inMs: number;
}

/** The deadlines of a queued task; they count from its call, whatever was restarted since. */
export function deadlinesOf({ call, ageMs }: DueTask): readonly Deadline[] {
  const { scheduleToStartMs, scheduleToCloseMs } = call.task.bounds;
  const found: Deadline[] = [];
  const add = (limit: Deadline["limit"], limitMs: number | null): void => {
    if (limitMs !== null) found.push({ limit, limitMs, inMs: Math.max(0, limitMs - ageMs) });
  };
  add("start", scheduleToStartMs);
  add("close", scheduleToCloseMs);
  return found;
}

/** Records that the time of a queued task is over, unless the log says that it began, or ended. First one wins. */
export async function expire(
  ports: RunPorts,
  { call: { key }, scheduled: { run, position } }: DueTask,
  { limit, limitMs }: Deadline,
): Promise<void> {
  const events = await ports.log.readAfter(run, position);
  const attempt = lastBegun(events, key);
  if (limit === "start" && attempt > 0) return;
  const error = recordError(
    limit === "start" ? startTimedOut(limitMs) : closeTimedOut(limitMs, failureIn(events, key)),
  );
  await ports.log.append({
    run,
    actor: `worker:${ports.worker}`,
    events: [TaskFailed.make({ key, attempt: Math.max(1, attempt), error, name: "TimedOut" })],
    dedupeKey: endKey(key), // refused when the task has ended
    seen: -1,
    wakeInMs: 0,
    attempt: { key, attempt: Math.max(1, attempt), holder: null },
    unblock: false,
  });
}

/** The newest attempt of a task that a worker began; 0 = none. */
function lastBegun(events: readonly RecordedEvent[], key: string): number {
  let last = 0;
  for (const event of events)
    if (event.type === "TaskStarted" && event.data.key === key) last = event.data.attempt;
  return last;
}
