import { createHash, randomFillSync } from "node:crypto";
import { adjectives, animals } from "unique-names-generator";
import { hashText } from "../base/hash.ts";
import { toBase32, toUlid } from "../base/ids.ts";

const bytesPerId = 10;
const stock = { bytes: new Uint8Array(bytesPerId * 200), used: Number.POSITIVE_INFINITY }; // one call into the system for many ids

/** A new ULID: for runs, workers, clients. */
export function newId(): string {
  const { bytes } = stock;
  if (stock.used + bytesPerId > bytes.length) {
    randomFillSync(bytes);
    stock.used = 0;
  }
  stock.used += bytesPerId;
  return toUlid(Date.now(), bytes.subarray(stock.used - bytesPerId, stock.used));
}

/**
 * The id of a run that follows from a key of its flow: whoever has the key has the id, so that the log itself refuses a
 * second run. Begins with 9, which no ULID does before the year 10889.
 */
export function keyedId(flow: string, kind: "key" | "singleton" | "debounce", key: string): string {
  const digest = createHash("sha256").update(`${kind}\n${flow}\n${key}`).digest();
  return `9${toBase32(digest, 25)}`;
}

/** Two friendly words for people, drawn from the id: "brisk-otter"; one of about 400,000 pairs. */
export function friendlyName(id: string): string {
  const drawn = hashText(id); // not the generator's own seed: that adds up the characters, and draws 300 pairs in all
  const adjective = adjectives[drawn % adjectives.length];
  const animal = animals[Math.floor(drawn / adjectives.length) % animals.length];
  return `${adjective}-${animal}`.replaceAll("_", "-");
}
