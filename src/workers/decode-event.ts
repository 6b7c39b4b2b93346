import { isEngineError } from "../base/errors.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import { decodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { type Payload, PayloadField } from "../events/fields.ts";

const payloadFields: ReadonlySet<string> = new Set(["input", "output", "payload", "heartbeat"]);

/** An event's data with its recorded values in place of their bytes; a value that is missing says so. */
export async function decodeData(
  event: RecordedEvent,
  payloads: PayloadStore,
): Promise<Readonly<Record<string, unknown>>> {
  const fields = Object.entries(event.data).map(async ([field, value]: [string, unknown]) => {
    const payload = payloadFields.has(field) ? PayloadField.safeParse(value) : null;
    return [field, payload?.success === true ? await decoded(payload.data, event, payloads) : value] as const;
  });
  return Object.fromEntries(await Promise.all(fields));
}

async function decoded(
  payload: Payload,
  { run, position }: RecordedEvent,
  payloads: PayloadStore,
): Promise<unknown> {
  try {
    const [bytes] = await payloads.get(run, [payload]);
    return decodeValue(bytes ?? new Uint8Array(), `A value of event ${position} of run ${run}`);
  } catch (error) {
    if (isEngineError(error)) return error;
    throw error;
  }
}
