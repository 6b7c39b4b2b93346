import { randomBytes } from "node:crypto";
import { adjectives, animals, uniqueNamesGenerator } from "unique-names-generator";
import { toUlid } from "../base/ids.ts";

/** A new ULID: for runs, workers, clients. */
export function newId(): string {
  return toUlid(Date.now(), randomBytes(10));
}

/** Two friendly words for people, drawn from the id: "brisk-otter". */
export function friendlyName(id: string): string {
  return uniqueNamesGenerator({ dictionaries: [adjectives, animals], separator: "-", seed: id }).replaceAll(
    "_",
    "-",
  );
}
