import { reviveError } from "../base/recorded-error.ts";
import type { RunLog } from "../engine/run-log.ts";
import type { RecordedEvent } from "../events/envelope.ts";

/** The error of the newest attempt of a task that failed and was followed by another one; null = there is none. */
export function failureIn(events: readonly RecordedEvent[], key: string): Error | null {
  let found: RecordedEvent<"TaskAttemptFailed"> | null = null;
  for (const event of events) if (event.type === "TaskAttemptFailed" && event.data.key === key) found = event;
  return found === null ? null : reviveError(found.data.error);
}

/** The same, as the log has it. O(events since the call). */
export async function lastFailure(
  log: Pick<RunLog, "readAfter">,
  { run, position, data }: RecordedEvent<"TaskScheduled">,
): Promise<Error | null> {
  return failureIn(await log.readAfter(run, position), data.key);
}
