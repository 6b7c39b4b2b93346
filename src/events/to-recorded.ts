import { definitionByType, type Event } from "./catalog.ts";
import type { RecordedEvent } from "./envelope.ts";

/** An event that was just recorded, as a reader of the log will see it. */
export function toRecorded(
  { type, data }: Event,
  { run, position, recordedAt, actor }: Pick<RecordedEvent, "run" | "position" | "recordedAt" | "actor">,
): RecordedEvent {
  const version = definitionByType.get(type)?.version ?? 1;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data come from one event
  return { type, data, version, run, position, recordedAt, actor } as RecordedEvent;
}
