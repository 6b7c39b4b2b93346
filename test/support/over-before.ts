import type { RecordedEvent } from "../../src/events/envelope.ts";

/**
 * Whether a task was over before this attempt of it began. It was not where the log holds the attempt's start first and
 * then the end of an earlier one: that one's worker was taken for dead, went on, and recorded what it had made while
 * this one was on its way.
 */
export function isOverBefore(events: readonly RecordedEvent[], key: string, attempt: number): boolean {
  const start = events.findLast(
    (event) => event.type === "TaskStarted" && event.data.key === key && event.data.attempt === attempt,
  );
  return events.some((event) => {
    if ((event.type !== "TaskCompleted" && event.type !== "TaskFailed") || event.data.key !== key)
      return false;
    const isOvertaken =
      start !== undefined && start.position < event.position && event.data.attempt < attempt;
    return !isOvertaken;
  });
}
