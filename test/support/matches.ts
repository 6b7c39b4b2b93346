import { Drawn } from "./reference-steps.ts";

/** Deep equality; what was drawn at one place must be the same wherever it turns up. */
export function matches(actual: unknown, expected: unknown, draws: Map<string, unknown>): boolean {
  if (expected instanceof Drawn) return isDraw(actual, expected, draws);
  if (!isObject(expected) || !isObject(actual)) return Object.is(actual, expected);
  const [one, other] = [toParts(actual), toParts(expected)];
  if (one.kind !== other.kind || one.parts.length !== other.parts.length) return false;
  return other.parts.every(([key, part], index) => {
    const [name, value] = one.parts[index]!;
    return name === key && matches(value, part, draws);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

interface Parts {
  readonly kind: string;
  readonly parts: readonly (readonly [string, unknown])[];
}

function toParts(value: object): Parts {
  if (value instanceof Date) return { kind: "Date", parts: [["time", value.getTime()]] };
  if (value instanceof Uint8Array)
    return { kind: "bytes", parts: [["hex", Buffer.from(value).toString("hex")]] };
  if (value instanceof Map) return { kind: "Map", parts: [["entries", [...value]]] };
  if (value instanceof Set) return { kind: "Set", parts: [["members", [...value]]] };
  if (value instanceof Error) return { kind: "Error", parts: [["text", `${value.name}: ${value.message}`]] };
  const entries: [string, unknown][] = Object.entries(value);
  if (Array.isArray(value)) return { kind: "list", parts: entries };
  return { kind: "object", parts: entries.sort(([one], [other]) => (one < other ? -1 : 1)) };
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function isDraw(actual: unknown, { kind, path }: Drawn, draws: Map<string, unknown>): boolean {
  const known = draws.get(path);
  if (known !== undefined) return known === actual;
  if ([...draws.values()].includes(actual)) return false;
  draws.set(path, actual);
  if (kind === "uuid") return typeof actual === "string" && uuidPattern.test(actual);
  return typeof actual === "number" && actual >= 0 && actual < 1;
}

/** For people, in one line. */
export function show(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}
