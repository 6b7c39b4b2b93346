import { EngineError } from "../base/errors.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";

/**
 * The stored form of a document: its values in the order of the keys of a new one, maps sorted by key, so that the same
 * document has the same bytes however it came about.
 */
export function packDocument(doc: object): Uint8Array {
  return encodeValue(Object.values(doc).map(ordered));
}

/** @throws EngineError EVENT_UNREADABLE when the bytes are not a document with the keys of `blank` */
export function unpackDocument<Doc extends object>(bytes: Uint8Array, blank: Doc): Doc {
  const values = decodeValue(bytes, "A document of a projection");
  const keys = Object.keys(blank);
  if (!Array.isArray(values) || values.length !== keys.length)
    throw new EngineError(
      "EVENT_UNREADABLE",
      "A document of a projection is damaged; rebuild the projections.",
    );
  return Object.assign(blank, Object.fromEntries(keys.map((key, index) => [key, values[index]])));
}

function ordered(value: unknown): unknown {
  if (!(value instanceof Map)) return value;
  return new Map([...value.entries()].toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)));
}
