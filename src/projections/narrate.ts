import { formatMs } from "../base/durations.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { narrateCall } from "./narrate-call.ts";
import { about, brief, failure, type Remark, state } from "./remark.ts";

/** Whose run it is, for people. */
export interface Narrated {
  readonly name: string;
  readonly flow: string;
}

/** Turns an event into what a person at a terminal wants to read; null = nothing. In the manner of Prefect. */
export function narrate(event: RecordedEvent, run: Narrated): Remark | null {
  switch (event.type) {
    case "RunStarted":
      return about(null, "info", `Beginning flow run '${run.name}' for flow '${run.flow}'`);
    case "RunBlocked":
      return { ...about(null, "error", `Blocked(): ${event.data.code}`), detail: event.data.message };
    case "RunUnblocked":
      return about(null, "info", "Unblocked; the run continues");
    case "OwnerLost":
      return about(
        null,
        "warn",
        `Crash detected! Worker ${event.data.worker} was lost; the run continues elsewhere`,
      );
    case "RunCancelRequested":
      return about(null, "warn", `Cancellation requested${because(event.data.reason)}`);
    case "RunAttemptFailed":
      return narrateRetry(event);
    case "RunReopened":
      return about(null, "info", `Reopened for attempt ${event.data.attempt}${because(event.data.reason)}`);
    case "RunContinued":
      return about(null, "info", `Continued as new run ${event.data.run}`);
    case "RunPostponed":
      return about(
        null,
        "info",
        `Postponed to ${new Date(event.data.startAt).toISOString()}, with another input`,
      );
    case "RunForked":
      return about(null, "info", `Forked from run ${event.data.run} after its event ${event.data.position}`);
    default:
      return isOfRun(event) ? narrateRest(event) : narrateCall(event);
  }
}

type RunEvent = Extract<RecordedEvent, { type: `Run${string}` | "OwnerLost" | "TurnTaken" }>;

function isOfRun(event: RecordedEvent): event is RunEvent {
  return event.type.startsWith("Run") || event.type === "OwnerLost" || event.type === "TurnTaken";
}

function narrateRest(event: RunEvent): Remark | null {
  switch (event.type) {
    case "RunCompleted":
      return about(null, "info", `Finished in state ${state(event.data.name, event.data.message)}`);
    case "RunFailed":
      return failure(
        null,
        event.data.error,
        `Finished in state ${state(event.data.name, event.data.message)}`,
      );
    case "RunCancelled":
      return about(null, "warn", `Finished in state ${state(event.data.name, event.data.message)}`);
    case "RunCrashed":
      return about(null, "error", `Finished in state ${state("Crashed", event.data.message)}`);
    case "RunPaused":
      return about(null, "info", `Paused${because(event.data.reason)}`);
    case "RunResumed":
      return about(null, "info", `Resumed${because(event.data.reason)}`);
    default:
      return null;
  }
}

function because(reason: string | null): string {
  return reason === null ? "" : `: ${reason}`;
}

function narrateRetry({ data, recordedAt }: RecordedEvent<"RunAttemptFailed">): Remark {
  const { error, attempt, maxAttempts, retryAt } = data;
  const wait = formatMs(Math.max(0, retryAt - recordedAt));
  const text = `Flow run failed with exception: ${brief(error)} - Retry ${attempt}/${maxAttempts - 1} will start ${wait} from now`;
  return about(null, "warn", text);
}
