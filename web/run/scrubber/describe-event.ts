import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { labelOf } from "../timeline/calls.ts";

/** What an event is about: the call, the signal, the update; "" = the run. */
export function subjectOf({ data }: RecordedEvent): string {
  if ("key" in data) return labelOf(data.key);
  if ("name" in data && "id" in data) return data.name;
  return "";
}

/** "TaskFailed" as words: "task failed". */
export function wordsOf(type: string): string {
  return type.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** The key of the call that an event is about; null = it is about none. */
export function keyOf({ data }: RecordedEvent): string | null {
  return "key" in data ? data.key : null;
}
