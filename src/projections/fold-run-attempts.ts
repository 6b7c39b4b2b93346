import type { RecordedEvent } from "../events/envelope.ts";
import type { RunAttemptPicture, RunPicture } from "./run-picture.ts";

type Beginning = Pick<RunAttemptPicture, "attempt" | "reason" | "notBefore">;

/** Another attempt of the flow is to begin. */
export function beginAttempt(picture: RunPicture, event: RecordedEvent, beginning: Beginning): void {
  const open = { firstTurn: null, beganAt: null, endedAt: null, state: "Open", error: null };
  picture.attempts.push({ ...beginning, askedAt: event.recordedAt, ...open });
}

/** The present attempt of the flow has ended. */
export function endAttempt(
  { attempts }: RunPicture,
  event: RecordedEvent,
  { state, error }: Pick<RunAttemptPicture, "state" | "error">,
): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  last.endedAt = event.recordedAt;
  last.state = state;
  last.error = error;
}
