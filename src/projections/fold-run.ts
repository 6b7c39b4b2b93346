import type { RecordedEvent } from "../events/envelope.ts";
import { foldLife } from "./fold-life.ts";
import { foldWork } from "./fold-work.ts";
import type { Change, RunSummary } from "./run-summary.ts";

/** Puts the next event into a summary, in place. Total: an event in the log is a fact. */
export function foldRun(run: RunSummary, event: RecordedEvent): Change {
  const task = "key" in event.data ? (run.open.get(event.data.key) ?? null) : null;
  const before = task === null ? null : { ...task };
  run.position = event.position;
  run.updatedAt = event.recordedAt;
  if (!foldLife(run, event)) foldWork(run, event);
  return { event, run, task: before };
}
