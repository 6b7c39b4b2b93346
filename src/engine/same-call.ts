import type { Call, NewCall, NewNote } from "./calls.ts";
import type { RecordedCall } from "./history.ts";
import { baseKey } from "./scope.ts";

const kinds: Readonly<Record<RecordedCall["type"], Call["kind"]>> = {
  TaskScheduled: "task",
  TimerStarted: "timer",
  SignalAwaited: "signal",
  ChildScheduled: "child",
  CallCancelled: "cancel",
  PatchMarked: "patch",
  UpdateAnswered: "answer",
};

export function kindOf(recorded: RecordedCall): Call["kind"] {
  return kinds[recorded.type];
}

/** Tells whether a call is the recorded one, as far as it does not depend on what happened around it. */
export function isSameCall(recorded: RecordedCall, call: Call | NewCall | NewNote): boolean {
  return kindOf(recorded) === call.kind && recorded.data.key === call.key && hasSameInput(recorded, call);
}

/** Tells whether a call of the same kind asks for what was recorded. */
export function hasSameInput(recorded: RecordedCall, call: Call | NewCall | NewNote): boolean {
  switch (call.kind) {
    case "task":
      if (recorded.type !== "TaskScheduled") return false;
      return call.task.onInputChange === "ignore" || call.fingerprint === recorded.data.fingerprint;
    case "timer":
      return recorded.type === "TimerStarted" && call.ms === recorded.data.ms;
    case "signal":
      return recorded.type === "SignalAwaited" && call.name === recorded.data.name;
    case "child":
      return (
        recorded.type === "ChildScheduled" &&
        call.name === recorded.data.flow &&
        call.fingerprint === recorded.data.fingerprint
      );
    default:
      return true; // the key says it all
  }
}

/** The name in a key: "extract" of "~2/branch#1/extract#3", of "extract[eu]" and of "extract#1[2]". */
export function nameInKey(key: string): string {
  const last = key.replace(/\[.*$/s, "").split("/").at(-1) ?? "";
  return baseKey(last).replace(/#\d+$/, "");
}
