import { definitionByType, type Event, type EventType } from "./catalog.ts";

interface Envelope {
  readonly version: number; // of the stored shape; `data` has the newest one
  readonly run: string;
  readonly position: number; // 1, 2, 3, ... without gaps in the run's stream
  readonly recordedAt: number; // epoch ms, by the clock of Redis
  readonly actor: string; // who asked: "worker:<id>", "client:<id>", "sweeper:<id>"
}

/** An event as it stands in the log: what happened, where, when, and who said so. */
export type RecordedEvent<Type extends EventType = EventType> = { [T in Type]: Event<T> & Envelope }[Type];

/** An event that was just recorded, as a reader of the log will see it. */
export function toRecorded(
  { type, data }: Event,
  { run, position, recordedAt, actor }: Pick<Envelope, "run" | "position" | "recordedAt" | "actor">,
): RecordedEvent {
  const version = definitionByType.get(type)?.version ?? 1;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data come from one event
  return { type, data, version, run, position, recordedAt, actor } as RecordedEvent;
}

/** Tells an event's type, and narrows its data. */
export function isType<Type extends EventType>(
  event: RecordedEvent,
  type: Type,
): event is Extract<RecordedEvent, { type: Type }> {
  return event.type === type;
}
