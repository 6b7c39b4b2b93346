import { isLineLevel, type RunLine } from "./run-line.ts";

/** A line as it is kept with its run. */
export interface KeptLine extends RunLine {
  readonly worker: string; // process that wrote it
  readonly n: number; // grows with each line of that process: a line that was sent twice is known by it
}

const longestMessage = 4_000; // characters
const longestFields = 4_000; // of all fields together, as JSON
const leastWorth = 40; // of a field: shorter ends of it say nothing

/** JSON of a line. What is too long is cut, and says so. Never throws, whatever the fields hold. */
export function packLine(
  { time, level, task, attempt, after, message, fields }: RunLine,
  by: Writer,
): string {
  const line = { t: time, l: level, k: task, a: attempt, p: after, w: by.worker, n: by.n };
  return JSON.stringify({ ...line, m: cut(message, longestMessage), f: packFields(fields) });
}

export type Writer = Pick<KeptLine, "worker" | "n">;

/** null = it is not a line: damaged, or written by somebody else. */
export function unpackLine(text: string): KeptLine | null {
  const raw = parse(text);
  if (!isObject(raw)) return null;
  const { t: time, l: level, k, a: attempt, p, w: worker, n, m: message, f } = raw;
  if (typeof time !== "number" || typeof level !== "string" || !isLineLevel(level)) return null;
  if (typeof attempt !== "number" || typeof worker !== "string" || typeof n !== "number") return null;
  if (typeof message !== "string") return null;
  const task = typeof k === "string" ? k : null;
  const after = typeof p === "number" ? p : null;
  return { time, level, task, attempt, after, worker, n, message, fields: isObject(f) ? f : {} };
}

function packFields(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const names = Object.keys(fields);
  if (names.length === 0) return undefined;
  const packed: Record<string, unknown> = {};
  let left = longestFields;
  for (const name of names.slice(0, longestFields / leastWorth)) {
    const value = fields[name];
    const json = toJson(value);
    if (json === undefined) continue;
    const room = Math.max(left, leastWorth);
    const isShort = json.length <= room;
    packed[cut(name, leastWorth)] = isShort
      ? parse(json)
      : cut(typeof value === "string" ? value : json, room);
    left -= json.length;
  }
  return packed;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)} … (${text.length - most} characters were cut)`;
}

/** undefined = nothing to say, as of a function. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_name, part: unknown) => plain(part));
  } catch (error) {
    return JSON.stringify(`(not shown: ${error instanceof Error ? error.message.split("\n")[0] : "?"})`); // a cycle
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (!(value instanceof Error)) return value;
  const { name, message, stack } = value;
  return { ...Object.fromEntries(Object.entries(value)), type: name, message, stack };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
