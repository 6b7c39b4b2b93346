import type { RunSummary, StateType } from "./run-summary.ts";

/** The state of a run that has not ended follows from what is open; what stands in the way counts first. */
export function enterOpenState(run: RunSummary): void {
  if (run.endedAt !== null) return;
  if (run.blocked !== null) enter(run, "PAUSED", "Blocked", run.blocked);
  else if (run.cancelling !== null) enter(run, "CANCELLING", "Cancelling", run.cancelling || null);
  else if (!run.isBegun && run.attempt > 1) enter(run, "SCHEDULED", "AwaitingRetry", run.error);
  else if (!run.isBegun) enter(run, "SCHEDULED", "Scheduled", null);
  else enterAtWork(run);
}

function enterAtWork(run: RunSummary): void {
  let asked: { readonly prompt: string; readonly position: number } | null = null;
  if (run.waits.size > 0)
    for (const { prompt, position } of run.waits.values())
      if (prompt !== null && (asked === null || position < asked.position)) asked = { prompt, position };
  if (asked !== null) enter(run, "PAUSED", "Paused", asked.prompt);
  else enter(run, "RUNNING", run.attempt > 1 ? "Retrying" : "Running", null);
}

export function enter(run: RunSummary, state: StateType, name: string, message: string | null): void {
  run.state = state;
  run.stateName = name;
  run.message = message;
}
