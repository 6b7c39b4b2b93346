import type { RecordedEvent } from "../../src/events/envelope.ts";

/**
 * Attempts of a task, before this one, that died with their worker. Counted by hand, unlike the engine does it: one in
 * the owner's process died for each owner that was lost while it was not waiting for a retry.
 */
export function crashesBefore(events: readonly RecordedEvent[], key: string, attempt: number): number {
  let crashes = 0;
  let isInline = false;
  let waitsUntil = 0;
  for (const event of events) {
    if (event.type === "OwnerLost") {
      if (!isInline || event.recordedAt < waitsUntil) continue;
      crashes += 1;
      waitsUntil = 0;
    } else if (!("key" in event.data) || event.data.key !== key) continue;
    else if (event.type === "TaskScheduled") isInline = event.data.queue === null;
    else if (event.type === "TaskCrashed" && event.data.attempt < attempt) crashes += 1;
    else if (event.type === "TaskAttemptFailed") waitsUntil = event.data.retryAt;
  }
  return Math.min(crashes, attempt - 1); // one that does not know yet that its owner was lost
}
