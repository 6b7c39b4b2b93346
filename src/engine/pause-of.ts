import { isType, type RecordedEvent } from "../events/envelope.ts";

const about: ReadonlySet<string> = new Set(["RunPaused", "RunResumed", "RunCancelRequested", "RunReopened"]);

/** What holds a run back that somebody paused; null = nothing does. A request to end lets it go on: it cleans up. */
export function pauseOf(events: readonly RecordedEvent[]): RecordedEvent<"RunPaused"> | null {
  const last = events.findLast(({ type }) => about.has(type));
  return last !== undefined && isType(last, "RunPaused") ? last : null;
}
