import { callEvents } from "./call-events.ts";
import { childEvents } from "./child-events.ts";
import type { EventDefinition, NewEvent } from "./define.ts";
import { runEvents } from "./run-events.ts";
import { signalEvents } from "./signal-events.ts";
import { taskEvents } from "./task-events.ts";
import { timerEvents } from "./timer-events.ts";
import { turnEvents } from "./turn-events.ts";

/** Every event there is. */
export const catalog = [
  ...runEvents,
  ...turnEvents,
  ...taskEvents,
  ...timerEvents,
  ...signalEvents,
  ...childEvents,
  ...callEvents,
] as const;

type Definitions = (typeof catalog)[number];

export type EventType = Definitions["type"];

/** Any event to be written; `Event<"TaskFailed">` for one type. */
export type Event<Type extends EventType = EventType> = {
  [D in Definitions as D["type"]]: D extends EventDefinition<infer T, infer Data> ? NewEvent<T, Data> : never;
}[Type];

export const definitionByType: ReadonlyMap<string, Definitions> = new Map(
  catalog.map((entry) => [entry.type, entry]),
);
export const definitionByCode: ReadonlyMap<number, Definitions> = new Map(
  catalog.map((entry) => [entry.code, entry]),
);
