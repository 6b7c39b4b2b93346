import { addExtension, Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from "msgpackr";
import { EngineError } from "../base/errors.ts";
import { invariant } from "../base/invariant.ts";
import { type RecordedError, recordError, reviveError } from "../base/recorded-error.ts";
import { definitionByCode, definitionByType, type Event } from "./catalog.ts";
import type { RecordedEvent } from "./envelope.ts";

const errorExtension = 0x45;

addExtension({
  Class: Error,
  type: errorExtension,
  write: (error: Error): RecordedError => recordError(error),
  read: (recorded: RecordedError): Error => reviveError(recorded),
});

// Records make a list of like objects carry its keys once, and leave msgpack's own maps to Map.
const packr = new Packr({ useRecords: true, moreTypes: true, useBigIntExtension: true });

/** The bytes of a recordable value (see `base/recordable.ts`, which must have been asked before). */
export function encodeValue(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** @throws EngineError EVENT_UNREADABLE when the bytes are not what `encodeValue` wrote */
export function decodeValue(bytes: Uint8Array, what: string): unknown {
  try {
    const value: unknown = packr.unpack(bytes);
    return value;
  } catch (error) {
    throw new EngineError(
      "EVENT_UNREADABLE",
      `${what} cannot be decoded; its bytes are damaged.`,
      { what },
      error,
    );
  }
}

const timeBytes = 6;

/**
 * The stored form without its time: a msgpack list `[code, version, actor, ...data]`. The commit script puts six
 * bytes of time (epoch ms, big-endian) in front. `actor` null = the same as of the entry before in this commit.
 */
export function encodeEvent(event: Event, actor: string | null): Uint8Array {
  return packr.pack(storedOf(event, actor));
}

function storedOf(event: Event, actor: string | null): readonly unknown[] {
  const definition = definitionByType.get(event.type);
  if (definition === undefined)
    throw new EngineError("EVENT_UNKNOWN", `There is no event type ${event.type}.`);
  // The catalog pairs each type with its own data; TypeScript cannot follow that through the map.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const values = (definition.toValues as (data: unknown) => unknown[])(event.data);
  return [definition.code, definition.version, actor, ...values];
}

/** Bytes that are to be copied at once: the next value is packed over them. */
export interface PackedBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** As `encodeValue`, without a buffer of its own. */
export function packValue(value: unknown): PackedBytes {
  // With these two the packer gives its own buffer, marked with where the value stands; its types leave that out.
  const bytes: Uint8Array & { readonly start?: number; readonly end?: number } = packr.pack(
    value,
    REUSE_BUFFER_MODE | RESET_BUFFER_MODE,
  );
  const { start, end } = bytes;
  invariant(start !== undefined && end !== undefined, "the packer does not say where it has put a value");
  return { bytes, start, end };
}

/** As `encodeEvent`, without a buffer of its own. */
export function packEvent(event: Event, actor: string | null): PackedBytes {
  return packValue(storedOf(event, actor));
}

/** Where an entry was found, and the actor of the entry before it in the same commit. */
export interface EntryPlace {
  readonly run: string;
  readonly position: number;
  readonly actor: string;
}

/** @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN; both name the run and the position */
export function decodeEvent(entry: Uint8Array, place: EntryPlace): RecordedEvent {
  try {
    return decode(entry, place);
  } catch (error) {
    const where = `Event ${place.position} of run ${place.run}`;
    const details = { run: place.run, position: place.position };
    if (error instanceof EngineError)
      throw new EngineError(error.code, `${where}: ${error.message}`, details, error);
    throw new EngineError(
      "EVENT_UNREADABLE",
      `${where} cannot be decoded; the entry is damaged.`,
      details,
      error,
    );
  }
}

function decode(entry: Uint8Array, place: EntryPlace): RecordedEvent {
  // A view of it, as the unpacker leaves a mark on what it is given.
  const stored: unknown = packr.unpack(entry.subarray(timeBytes));
  if (!Array.isArray(stored))
    throw new EngineError("EVENT_UNREADABLE", "The entry is damaged: it is not a list.");
  const [code, version, actor]: unknown[] = stored;
  const definition = definitionByCode.get(Number(code));
  if (definition === undefined || typeof version !== "number") throw unknownEvent(code);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `read` has checked the data against the type's schema
  return {
    type: definition.type,
    data: definition.read(version, stored, 3),
    version,
    run: place.run,
    position: place.position,
    recordedAt: timeOf(entry),
    actor: typeof actor === "string" ? actor : place.actor,
  } as RecordedEvent;
}

function timeOf(entry: Uint8Array): number {
  let time = 0;
  for (let index = 0; index < timeBytes; index += 1) time = time * 256 + (entry[index] ?? 0);
  return time;
}

function unknownEvent(code: unknown): EngineError {
  return new EngineError(
    "EVENT_UNKNOWN",
    `It has event code ${String(code)}, which this Millrace does not know: it was written by a newer release, or the ` +
      `entry is damaged. Upgrade this process, or let newer workers continue the run.`,
  );
}
