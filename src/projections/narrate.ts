import { formatMs } from "../base/durations.ts";
import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";

/** What to say about an event. */
export interface Remark {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly taskKey: string | null; // null = about the run
  readonly text: string;
  readonly detail: string | null; // more lines; null = none
}

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
    case "RunCreated":
    case "TurnTaken":
      return null;
    default:
      return narrateWork(event);
  }
}

type WorkEvent = Exclude<RecordedEvent, { type: `Run${string}` | "OwnerLost" | "TurnTaken" }>;

function narrateWork(event: WorkEvent): Remark | null {
  const { key } = event.data;
  switch (event.type) {
    case "TaskScheduled":
      return event.data.queue === null
        ? null
        : about(key, "debug", `Submitted to queue '${event.data.queue}'`);
    case "TaskStarted":
      return about(key, "debug", `Started on worker ${event.data.worker}, attempt ${event.data.attempt}`);
    case "TaskCompleted":
      return about(key, "info", `Finished in state ${state("Completed", null)}`);
    case "TaskFailed": {
      const { error, name, attempt } = event.data;
      const ending = state(name, `Task run encountered an exception ${brief(error)}`);
      return failure(
        key,
        error,
        `${attempt > 1 ? "Retries are exhausted. " : ""}Finished in state ${ending}`,
      );
    }
    case "TaskAttemptFailed": {
      const { error, attempt, maxAttempts, retryAt } = event.data;
      const wait = formatMs(Math.max(0, retryAt - event.recordedAt));
      const text = `Task run failed with exception: ${brief(error)} - Retry ${attempt}/${maxAttempts - 1} will start ${wait} from now`;
      return about(key, "warn", text);
    }
    case "TaskCrashed":
      return about(
        key,
        "warn",
        `Crash detected! Worker ${event.data.worker} died during attempt ${event.data.attempt}`,
      );
    case "TimerStarted":
      return about(null, "info", `Sleeping for ${formatMs(event.data.ms)}`);
    case "TimerFired":
      return null;
  }
}

function about(taskKey: string | null, level: Remark["level"], text: string): Remark {
  return { level, taskKey, text, detail: null };
}

function failure(taskKey: string | null, error: RecordedError, text: string): Remark {
  return { level: "error", taskKey, text, detail: error.stack ?? brief(error) };
}

function state(name: string, message: string | null): string {
  return message === null ? `${name}()` : `${name}('${message}')`;
}

function brief({ name, message }: RecordedError): string {
  return `${name}: ${message.split("\n")[0] ?? ""}`;
}
