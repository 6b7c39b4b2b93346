import { toJson } from "../base/to-json.ts";

/** One line of JSON. */
export function toLine(value: unknown): string {
  return JSON.stringify(toJson(value));
}
