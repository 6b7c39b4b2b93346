import { createHash, randomBytes } from "node:crypto";
import { adjectives, animals, uniqueNamesGenerator } from "unique-names-generator";
import { toBase32, toUlid } from "../base/ids.ts";

/** A new ULID: for runs, workers, clients. */
export function newId(): string {
  return toUlid(Date.now(), randomBytes(10));
}

/**
 * The id of a run that follows from a key of its flow: whoever has the key has the id, so that the log itself refuses a
 * second run. Begins with 9, which no ULID does before the year 10889.
 */
export function keyedId(flow: string, kind: "key" | "singleton" | "debounce", key: string): string {
  const digest = createHash("sha256").update(`${kind}\n${flow}\n${key}`).digest();
  return `9${toBase32(digest, 25)}`;
}

/** Two friendly words for people, drawn from the id: "brisk-otter". */
export function friendlyName(id: string): string {
  return uniqueNamesGenerator({ dictionaries: [adjectives, animals], separator: "-", seed: id }).replaceAll(
    "_",
    "-",
  );
}
