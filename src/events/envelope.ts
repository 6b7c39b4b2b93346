import type { Event, EventType } from "./catalog.ts";

interface Envelope {
  readonly version: number; // of the stored shape; `data` has the newest one
  readonly run: string;
  readonly position: number; // 1, 2, 3, ... without gaps in the run's stream
  readonly recordedAt: number; // epoch ms, by the clock of Redis
  readonly actor: string; // who asked: "worker:<id>", "client:<id>", "sweeper:<id>"
}

/** An event as it stands in the log: what happened, where, when, and who said so. */
export type RecordedEvent<Type extends EventType = EventType> = { [T in Type]: Event<T> & Envelope }[Type];

/** Tells an event's type, and narrows its data. */
export function isType<Type extends EventType>(
  event: RecordedEvent,
  type: Type,
): event is Extract<RecordedEvent, { type: Type }> {
  return event.type === type;
}
