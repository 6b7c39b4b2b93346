import { encodeEvent } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { importHistory } from "../../src/workers/import-histories.ts";
import type { OpenStore } from "../../src/workers/projections.ts";

/** Puts a history that a test has made into a namespace, for reading only. */
export async function putHistory(store: OpenStore, events: readonly RecordedEvent[]): Promise<void> {
  const [first] = events;
  if (first === undefined) throw new Error("a history has events");
  const { run, recordedAt: createdAt } = first;
  const entries = events.map(
    (event) =>
      [
        Buffer.from(`${event.position}-0`),
        [Buffer.from("e"), Buffer.concat([timeOf(event), encodeEvent(event, event.actor)])],
      ] as const,
  );
  const named = { run, name: "made-by-hand", flow: "wide", state: "Running" };
  const header = { ...named, createdAt, exportedAt: createdAt, events: events.length, payloads: 0 };
  await importHistory(store, { header, entries, payloads: new Map() });
}

/** Six bytes of epoch ms, as the commit script puts them in front. */
function timeOf({ recordedAt }: RecordedEvent): Buffer {
  const time = Buffer.alloc(6);
  time.writeUIntBE(recordedAt, 0, 6);
  return time;
}
