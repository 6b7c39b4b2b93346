import { type RecordedError, reviveError } from "../base/recorded-error.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { HookState } from "../sdk/state-hooks.ts";

/** The state that an event puts its run into for good; null = it does not. */
export function stateOfEnd(event: RecordedEvent): HookState | null {
  const enteredAt = event.recordedAt;
  switch (event.type) {
    case "RunCompleted":
    case "RunCancelled": {
      const { name, message } = event.data;
      const type = event.type === "RunCompleted" ? "COMPLETED" : "CANCELLED";
      return { type, name, message, error: null, enteredAt };
    }
    case "RunFailed": {
      const { name, message, error } = event.data;
      return { type: "FAILED", name, message, error: toHookError(error), enteredAt };
    }
    case "RunCrashed":
      return { type: "CRASHED", name: "Crashed", message: event.data.message, error: null, enteredAt };
    default:
      return null;
  }
}

type TaskEnd = Event<"TaskCompleted" | "TaskFailed"> & { readonly recordedAt: number };

export function stateOfTask(event: TaskEnd): HookState {
  const enteredAt = event.recordedAt;
  if (event.type === "TaskCompleted")
    return { type: "COMPLETED", name: "Completed", message: null, error: null, enteredAt };
  const { name, error } = event.data;
  return { type: "FAILED", name, message: error.message, error: toHookError(error), enteredAt };
}

function toHookError(error: RecordedError | null): Error | null {
  return error === null ? null : reviveError(error);
}
