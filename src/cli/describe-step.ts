import { formatMs } from "../base/durations.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { DivergenceKind } from "../projections/compare-steps.ts";
import { toLine } from "./to-json.ts";

type Decoded = Readonly<Record<string, unknown>>;

/** What an event says, as far as two runs may differ in it. */
export function describeStep(kind: DivergenceKind, event: RecordedEvent, data: Decoded): string {
  switch (event.type) {
    case "TaskFailed":
    case "RunFailed":
      return `${event.data.name}: ${event.data.error.name}: ${event.data.error.message}`;
    case "RunAttemptFailed":
      return `${event.data.error.name}: ${event.data.error.message}`;
    case "RunCancelled":
    case "RunCompleted":
      if (kind !== "output") return `${event.data.name}${because(event.data.message)}`;
      return toLine(data["output"]);
    case "RunCrashed":
      return event.data.message;
    case "RunCancelRequested":
      return event.data.reason ?? "somebody wants it to end";
    default:
      return describeCall(event, data);
  }
}

function describeCall(event: RecordedEvent, data: Decoded): string {
  switch (event.type) {
    case "TimerStarted":
      return formatMs(event.data.ms);
    case "SignalAwaited":
      return event.data.prompt ?? `signal ${event.data.name}`;
    case "SignalReceived":
      return `${event.data.name}: ${toLine(data["payload"])}`;
    case "CallCancelled":
      return event.data.reason;
    case "ChildEnded":
    case "UpdateAnswered":
      return event.data.error === null ? toLine(data["output"]) : event.data.error.message;
    default:
      return toLine(data["input"] ?? data["output"]);
  }
}

function because(text: string | null): string {
  return text === null ? "" : `: ${text}`;
}
