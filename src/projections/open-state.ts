import type { RunSummary, StateType } from "./run-summary.ts";

/** The state of a run that has not ended follows from what is open; what stands in the way counts first. */
export function enterOpenState(run: RunSummary): void {
  if (run.endedAt !== null) return;
  if (run.blocked !== null) enter(run, "PAUSED", "Blocked", run.blocked);
  else if (run.cancelling !== null) enter(run, "CANCELLING", "Cancelling", run.cancelling || null);
  else if (run.paused !== null) enter(run, "PAUSED", "Paused", run.paused || null);
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
  else if (waitsForSignals(run)) enter(run, "PAUSED", "Waiting", `For signal ${oldestName(run)}`);
  else enter(run, "RUNNING", run.attempt > 1 ? "Retrying" : "Running", null);
}

/** Nothing is under way that somebody works on: only a signal lets it go on, or the time that it gives the signal. */
export function waitsForSignals({ waits, open, openChildren }: RunSummary): boolean {
  return waits.size > 0 && open.size === 0 && openChildren.size === 0;
}

function oldestName({ waits }: RunSummary): string {
  const [first] = waits.values(); // in the order of their begin
  return first?.name ?? "";
}

export function enter(run: RunSummary, state: StateType, name: string, message: string | null): void {
  run.state = state;
  run.stateName = name;
  run.message = message;
}
