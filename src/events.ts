export { catalog, type Event, type EventType } from "./events/catalog.ts";
export { decodeEvent as readEvent, decodeValue as readValue } from "./events/codec.ts";
export type { EventDefinition } from "./events/define.ts";
export { isType, type RecordedEvent } from "./events/envelope.ts";
export type { Payload } from "./events/fields.ts";
