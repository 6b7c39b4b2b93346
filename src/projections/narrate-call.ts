import { formatMs } from "../base/durations.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { about, brief, failure, type Remark, state } from "./remark.ts";

type TaskEvent = Extract<RecordedEvent, { type: `Task${string}` }>;
type CallEvent = Exclude<RecordedEvent, { type: `Run${string}` | "OwnerLost" | "TurnTaken" }>;
type OtherEvent = Exclude<CallEvent, TaskEvent>;

/** What to say about a call of the flow, or what became of it. */
export function narrateCall(event: CallEvent): Remark | null {
  return isOfTask(event) ? narrateTask(event) : narrateOther(event);
}

function isOfTask(event: CallEvent): event is TaskEvent {
  return event.type.startsWith("Task");
}

function narrateOther(event: OtherEvent): Remark | null {
  switch (event.type) {
    case "TimerStarted":
      return about(null, "info", `Sleeping for ${formatMs(event.data.ms)}`);
    case "SignalAwaited":
      return about(null, "info", event.data.prompt ?? `Waiting for signal '${event.data.name}'`);
    case "SignalReceived":
      return about(null, "info", `Received signal '${event.data.name}'`);
    case "ChildScheduled":
      return about(null, "info", `Created child run of flow '${event.data.flow}' (${event.data.run})`);
    case "ChildEnded":
      return about(
        null,
        event.data.state === "COMPLETED" ? "info" : "warn",
        `Child run ${event.data.run} finished in state ${state(event.data.name, event.data.message)}`,
      );
    case "CallCancelled":
      return about(null, "debug", `Cancelled ${event.data.key}: ${event.data.reason}`);
    default:
      return narrateQuietly(event);
  }
}

/** What is said only to those who want to hear everything. */
function narrateQuietly(event: OtherEvent): Remark | null {
  switch (event.type) {
    case "UpdateRequested":
      return about(null, "debug", `Received update '${event.data.name}'`);
    case "UpdateAnswered":
      return event.data.error === null
        ? about(null, "debug", `Answered update ${event.data.key}`)
        : about(null, "warn", `Refused update ${event.data.key}: ${brief(event.data.error)}`);
    case "PatchMarked":
      return about(null, "debug", `Took the new way of patch '${event.data.key}'`);
    case "CallReused":
      return about(null, "debug", `Reused the answer of event ${event.data.position} for ${event.data.key}`);
    default:
      return null;
  }
}

function narrateTask(event: TaskEvent): Remark | null {
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
    case "TaskReused":
      return about(key, "info", "Finished in state Cached(type=COMPLETED)");
  }
}
