import type { RunPicture } from "../../../src/projections/run-picture.ts";

export type Command = "cancel" | "retry" | "fork" | "signal" | "unblock" | "launch" | "pause" | "resume";

/** What the present state of a run allows; the server decides, and says no if it knows better. */
export function allowedOf({ summary, turns, pause, cancellation }: RunPicture): ReadonlySet<Command> {
  const allowed = new Set<Command>(["launch"]);
  if (summary.endedAt === null) allowed.add("cancel").add("signal");
  else if (summary.state !== "COMPLETED") allowed.add("retry");
  // Not the state tells who holds a run: it is Paused, too, while a person is asked. One that cleans up is not held back.
  if (summary.endedAt === null && cancellation === null) allowed.add(pause === null ? "pause" : "resume");
  if (turns.length > 0) allowed.add("fork");
  if (summary.blocked !== null) allowed.add("unblock");
  return allowed;
}
