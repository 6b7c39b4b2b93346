import type { RecordedEvent } from "../../events/envelope.ts";

/** An event as JSON. */
export interface WireEvent {
  readonly run: string;
  readonly position: number;
  readonly type: string;
  readonly version: number;
  readonly at: number; // epoch ms
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>; // values of users as `WirePayload`
  readonly bytes: number; // of the entry in the log
}

/** A value of a user in an event. */
export interface WirePayload {
  readonly $payload: number; // bytes in the log, or wherever it lies
  readonly value?: unknown; // as JSON, when it is small enough for a list
}

/** Which fields of events hold values of users, if they are of the form of one. */
const payloadFields: ReadonlySet<string> = new Set(["input", "output", "payload", "heartbeat"]);

/** The value in a field of an event's data; null = there is none. */
export function payloadOf(data: Readonly<Record<string, unknown>>, field: string): WirePayload | null {
  const value = data[field];
  return isWirePayload(value) ? value : null;
}

/** How large a recorded value is; null = the field holds none. */
export function payloadBytes(field: string, value: unknown): number | null {
  if (!payloadFields.has(field)) return null;
  if (value instanceof Uint8Array) return value.byteLength;
  if (!Array.isArray(value)) return null;
  const [hash, bytes]: readonly unknown[] = value;
  return typeof hash === "string" && typeof bytes === "number" ? bytes : null;
}

/**
 * An event with the values that are given, by field, as JSON already; the others say how large they are.
 * `bytes` is the size of the entry.
 */
export function toWire(event: RecordedEvent, values: ReadonlyMap<string, unknown>, bytes: number): WireEvent {
  const { run, position, type, version, recordedAt: at, actor } = event;
  const data = Object.entries(event.data).map(([field, value]: [string, unknown]) => {
    const size = payloadBytes(field, value);
    if (size === null) return [field, value] as const;
    const payload: WirePayload = values.has(field)
      ? { $payload: size, value: values.get(field) }
      : { $payload: size };
    return [field, payload] as const;
  });
  return { run, position, type, version, at, actor, data: Object.fromEntries(data), bytes };
}

/** The event as folds take it. In place of the values of users, which no fold looks at, stand references without a hash. */
export function fromWire({ run, position, type, version, at, actor, data }: WireEvent): RecordedEvent {
  const fields: Record<string, unknown> = { ...data };
  for (const field in fields) {
    const value = fields[field];
    if (isWirePayload(value)) fields[field] = ["", value.$payload];
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `toWire` made it of one
  return {
    type,
    data: fields,
    version,
    run,
    position,
    recordedAt: at,
    actor,
  } as RecordedEvent;
}

function isWirePayload(value: unknown): value is WirePayload {
  return (
    typeof value === "object" && value !== null && "$payload" in value && typeof value.$payload === "number"
  );
}
