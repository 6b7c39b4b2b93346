import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { giveSignals } from "./fold-work.ts";
import { enter, enterOpenState } from "./open-state.ts";
import type { RunSummary, Trigger } from "./run-summary.ts";

/** Puts an event about the run itself into its summary. Answers false when the event is about something else. */
export function foldLife(run: RunSummary, event: RecordedEvent): boolean {
  switch (event.type) {
    case "RunCreated":
      create(run, event);
      return true;
    case "RunStarted":
      run.startedAt = event.recordedAt;
      return true;
    case "TurnTaken":
      run.turns = event.data.n;
      run.codeHash = event.data.codeHash;
      run.isBegun = true;
      run.notBefore = null;
      giveSignals(run, event);
      break;
    case "RunBlocked":
      run.blocked = event.data.message;
      break;
    case "RunUnblocked":
      run.blocked = null;
      break;
    case "RunPaused":
      run.paused = event.data.reason ?? "";
      break;
    case "RunResumed":
      run.paused = null;
      break;
    case "RunCancelRequested":
      run.cancelling = event.data.reason ?? "";
      run.paused = null; // it goes on, to clean up
      break;
    case "OwnerLost":
      run.crashes += 1;
      return true;
    default:
      return foldAttempts(run, event);
  }
  enterOpenState(run);
  return true;
}

function create(run: RunSummary, event: RecordedEvent<"RunCreated">): void {
  const { flow, name, queue, tags, root, source, traceparent, links, startAt } = event.data;
  Object.assign(run, { flow, name, queue, tags, root, source, traceparent });
  run.trigger = triggerOf(event);
  run.parent = links?.parent?.run ?? null;
  run.parentKey = links?.parent?.key ?? null;
  run.continuedFrom = links?.continuedFrom ?? null;
  run.forkedFrom = links?.forkedFrom?.run ?? null;
  run.notBefore = startAt;
  run.createdAt = event.recordedAt;
}

function triggerOf({ data: { links }, actor }: RecordedEvent<"RunCreated">): Trigger {
  if (links?.forkedFrom != null) return "fork";
  if (links?.continuedFrom != null) return "continuation";
  if (links?.parent != null) return "parent";
  if (actor.startsWith("schedule")) return "schedule";
  return /^(?:client|user|key):/.test(actor) ? "client" : "script";
}

/** Begins, ends and begins again. */
function foldAttempts(run: RunSummary, event: RecordedEvent): boolean {
  switch (event.type) {
    case "RunAttemptFailed": {
      const { attempt, error, retryAt } = event.data;
      leaveCalls(run);
      run.error = brief(error);
      beginAgain(run, attempt + 1, retryAt);
      return true;
    }
    case "RunReopened":
      run.endedAt = null;
      run.paused = null;
      run.cancelling = null;
      run.continuedTo = null;
      beginAgain(run, event.data.attempt, null);
      return true;
    case "RunPostponed":
      run.notBefore = event.data.startAt;
      return true;
    case "RunContinued":
      run.continuedTo = event.data.run;
      return true;
    case "RunForked": // the time before belongs to the other run
      if (run.startedAt !== null) run.startedAt = event.recordedAt;
      run.cancelling = null;
      run.blocked = null;
      run.paused = null;
      enterOpenState(run);
      return true;
    default:
      return foldEnd(run, event);
  }
}

function beginAgain(run: RunSummary, attempt: number, notBefore: number | null): void {
  run.attempt = attempt;
  run.isBegun = false;
  run.blocked = null;
  run.notBefore = notBefore;
  enterOpenState(run);
}

function foldEnd(run: RunSummary, event: RecordedEvent): boolean {
  switch (event.type) {
    case "RunCompleted":
      run.error = null;
      enter(run, "COMPLETED", event.data.name, event.data.message);
      break;
    case "RunFailed":
      run.error = brief(event.data.error);
      enter(run, "FAILED", event.data.name, event.data.message);
      break;
    case "RunCancelled":
      enter(run, "CANCELLED", event.data.name, event.data.message);
      break;
    case "RunCrashed":
      enter(run, "CRASHED", "Crashed", event.data.message);
      break;
    default:
      return false;
  }
  run.endedAt = event.recordedAt;
  run.notBefore = null;
  leaveCalls(run);
  return true;
}

/** Nobody waits any more for what is open. Signals stay: the next attempt may receive them. */
function leaveCalls(run: RunSummary): void {
  run.open.clear();
  run.openChildren.clear();
  run.waits.clear();
}

const maxErrorLength = 200;

function brief({ name, message }: RecordedError): string {
  return `${name}: ${message}`.slice(0, maxErrorLength);
}
