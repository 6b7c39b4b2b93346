import { EngineError } from "../base/errors.ts";
import { type RecordedError, recordError, reviveError } from "../base/recorded-error.ts";

/*
 * Recordable values as JSON. What JSON does not have is an object with the one field "$": {"$":["Date","2026-…"]}; a
 * plain object that has a field of that name is written as {"$":["Object",[[name, value], …]]}.
 */

/** The JSON text of a recordable value. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(toTree(value));
}

/** @throws EngineError EVENT_UNREADABLE when the text is not what `toJsonText` wrote */
export function fromJsonText(text: string): unknown {
  try {
    return fromTree(JSON.parse(text));
  } catch (error) {
    throw new EngineError(
      "EVENT_UNREADABLE",
      "A stored value is no JSON of Millrace; it is damaged.",
      {},
      error,
    );
  }
}

function toTree(value: unknown): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : tagged("Number", String(value));
    case "bigint":
      return tagged("BigInt", value.toString());
    case "undefined":
      return tagged("undefined");
    case "object":
      return value === null ? null : objectToTree(value);
    default:
      return value;
  }
}

function objectToTree(value: object): unknown {
  if (Array.isArray(value)) return Array.from(value, toTree); // holes become undefined
  if (value instanceof Date) return tagged("Date", value.toISOString());
  if (value instanceof Map) return tagged("Map", toPairs(value));
  if (value instanceof Set) return tagged("Set", [...value].map(toTree));
  if (value instanceof Uint8Array) return tagged("Bytes", Buffer.from(value).toString("base64"));
  if (value instanceof Error) return tagged("Error", toTree(recordError(value)));
  const entries = Object.entries(value);
  if (entries.some(([name]) => name === "$")) return tagged("Object", toPairs(entries));
  return Object.fromEntries(entries.map(([name, field]) => [name, toTree(field)]));
}

function toPairs(entries: Iterable<readonly [unknown, unknown]>): unknown {
  return Array.from(entries, ([key, value]) => [toTree(key), toTree(value)]);
}

function tagged(...content: readonly [type: string, value?: unknown]): unknown {
  return { $: content };
}

function fromTree(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(fromTree);
  if (typeof tree !== "object" || tree === null) return tree;
  const fields = Object.entries(tree);
  const [first] = fields;
  if (first !== undefined && first[0] === "$") return revive(first[1]);
  return Object.fromEntries(fields.map(([name, field]) => [name, fromTree(field)]));
}

function revive(content: unknown): unknown {
  const [type, value]: unknown[] = Array.isArray(content) ? content : [];
  switch (type) {
    case "undefined":
      return undefined;
    case "Number":
      return Number(value);
    case "BigInt":
      return BigInt(String(value));
    case "Date":
      return new Date(String(value));
    case "Bytes":
      return new Uint8Array(Buffer.from(String(value), "base64"));
    case "Map":
      return new Map(fromPairs(value));
    case "Set":
      return new Set(listOf(value).map(fromTree));
    case "Object":
      return Object.fromEntries(fromPairs(value));
    case "Error":
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `toTree` wrote it of one
      return reviveError(fromTree(value) as RecordedError);
    default:
      throw new TypeError(`There is no type ${String(type)}.`);
  }
}

function fromPairs(value: unknown): [string, unknown][] {
  // Keys of a Map may be anything; those of an object are texts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return listOf(value).map((pair) => listOf(pair).map(fromTree) as [string, unknown]);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError("A list is missing.");
}
