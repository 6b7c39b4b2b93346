import { toJson } from "../../base/to-json.ts";
import { decodeValue } from "../../events/codec.ts";
import type { RecordedEvent } from "../../events/envelope.ts";
import { payloadBytes } from "../contract/wire-event.ts";

const listBytes = 64 * 1024; // of one value, as JSON, in an answer that has many
const eventBytes = 4 * 1024; // of one value, as recorded, in a list of events

/** A value of a user as JSON, as far as an answer with many of them has room. */
export function toListValue(value: unknown): unknown {
  const json = toJson(value);
  const bytes = Buffer.byteLength(JSON.stringify(json));
  return bytes <= listBytes ? json : { $truncated: bytes };
}

/** The small values of an event, by field. */
export function smallValues(event: RecordedEvent): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [field, value] of Object.entries(event.data) as [string, unknown][]) {
    if (!(value instanceof Uint8Array) || payloadBytes(field, value) === null) continue;
    if (value.byteLength > eventBytes) continue;
    values.set(field, toJson(decodeValue(value, `A value of event ${event.position} of run ${event.run}`)));
  }
  return values;
}
