/**
 * The language in which people ask for runs, in the browser, over HTTP and on the command line:
 * `status:failed flow:etl tag:prod created>-24h duration>5m input.customer=42 error~"ECONN" brisk`. Terms are joined by "and";
 * values of one term, with commas between, by "or". A word alone is looked for in names.
 */
export interface QueryTerm {
  readonly field: QueryField;
  readonly path: string | null; // of `input.path`; null = the field has none
  readonly op: QueryOp;
  readonly values: readonly QueryValue[]; // at least one
}

export interface QueryValue {
  readonly text: string;
  readonly isQuoted: boolean; // then it is text, and never a number
}

export type QueryOp = ":" | "=" | "~" | ">" | ">=" | "<" | "<=";

/** What is wrong with a query, and where. */
export interface QueryProblem {
  readonly at: number; // of the first character
  readonly length: number;
  readonly message: string;
}

export interface ParsedQuery {
  readonly terms: readonly QueryTerm[];
  readonly problems: readonly QueryProblem[]; // empty = it was understood
}

interface FieldRule {
  readonly ops: readonly QueryOp[];
  readonly many: boolean; // values with commas between
  readonly about: string;
}

const among = { ops: [":", "="], many: true } as const;
const single = { ops: [":", "="], many: false } as const;
const range = { ops: [">", ">=", "<", "<="], many: false } as const;

/** Every field, for those who help to type. */
export const queryFields = {
  status: { ...among, about: "type or name of the state: failed, running, TimedOut" },
  flow: { ...among, about: "name of the flow" },
  queue: { ...single, about: "queue of the run" },
  tag: { ...single, about: "a tag; several terms ask for all of them" },
  name: { ops: [":", "=", "~"], many: true, about: "name of the run; with ~ a part of it" },
  trigger: { ...among, about: "what made it: script, client, schedule, parent, continuation, fork" },
  parent: { ...single, about: "id of the run whose flow called it" },
  root: { ...single, about: "id of the run at the top of its tree" },
  created: { ...range, about: "when it was created: -24h, or 2026-04-30T12:00Z" },
  started: { ...range, about: "when its code was first called" },
  ended: { ...range, about: "when it ended" },
  duration: { ...range, about: "from its start to its end, or until now: 90s, 5m" },
  error: { ops: ["~"], many: false, about: "a part of its newest error or message" },
  fingerprint: { ...among, about: "kind of its error, as the home page groups them" },
  input: { ...single, about: "a field of its input: input.customer=42" },
} as const satisfies Readonly<Record<string, FieldRule>>;

export type QueryField = keyof typeof queryFields;

const aliases = new Map<string, QueryField>([
  ["state", "status"],
  ["tags", "tag"],
  ["text", "error"],
]);

/** Reads a query as far as it can be understood. */
export function parseQuery(text: string): ParsedQuery {
  const terms: QueryTerm[] = [];
  const problems: QueryProblem[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const read = readTerm(text, at);
    const message = "message" in read ? read.message : judge(read.term);
    if ("term" in read && message === null) terms.push(read.term);
    else problems.push({ at, length: read.end - at, message: message ?? "" });
    at = skipSpace(text, read.end);
  }
  return { terms, problems };
}

/** The text of terms: what `parseQuery` reads as the same. */
export function printQuery(terms: readonly QueryTerm[]): string {
  return terms
    .map(({ field, path, op, values }) => {
      const list = values.map(printValue).join(",");
      return `${field}${path === null ? "" : `.${path}`}${op}${list}`;
    })
    .join(" ");
}

const needsNoQuotes = /^[^\s,"]+$/;

function printValue({ text, isQuoted }: QueryValue): string {
  return isQuoted || !needsNoQuotes.test(text) ? JSON.stringify(text) : text;
}

type Read =
  | { readonly term: QueryTerm; readonly end: number }
  | { readonly message: string; readonly end: number };

const head = /([a-z]+)(?:\.([^\s:=~<>,"]+))?(>=|<=|[:=~<>])/iy;
const quoted = /"(?:[^"\\]|\\.)*"/y;
const word = /[^\s,"]+/y;

function readTerm(text: string, start: number): Read {
  const found = matchAt(head, text, start);
  const [whole = "", name = "", path = null, op = ":"] = found ?? [];
  const field = toField(name);
  const list = readValues(text, start + whole.length);
  if (typeof list.values === "string") return { message: list.values, end: list.end };
  const { values, end } = list;
  if (found === null) return { term: { field: "name", path: null, op: "~", values }, end };
  if (field === null) {
    const known = Object.keys(queryFields).join(", ");
    return { message: `There is no field "${name}". There are: ${known}.`, end };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has only these
  return { term: { field, path, op: op as QueryOp, values }, end };
}

function toField(name: string): QueryField | null {
  const lower = name.toLowerCase();
  return isField(lower) ? lower : (aliases.get(lower) ?? null);
}

function isField(name: string): name is QueryField {
  return Object.hasOwn(queryFields, name);
}

interface Values {
  readonly values: readonly QueryValue[] | string; // text = why there are none
  readonly end: number;
}

function readValues(text: string, start: number): Values {
  const values: QueryValue[] = [];
  let at = start;
  for (;;) {
    const [literal = ""] = matchAt(quoted, text, at) ?? [];
    const [plain = ""] = literal === "" ? (matchAt(word, text, at) ?? []) : [];
    at += literal.length + plain.length;
    if (literal === "" && plain === "") return none(text, at);
    const value = literal === "" ? plain : unquote(literal);
    values.push({ text: value, isQuoted: literal !== "" });
    if (text[at] !== ",") return { values, end: at };
    at += 1;
  }
}

function none(text: string, at: number): Values {
  const isOpen = text[at] === '"';
  const message = isOpen ? "The quotation mark is never closed." : "A value is missing here.";
  return { values: message, end: isOpen ? text.length : at + (text[at] === "," ? 1 : 0) };
}

/** What stands between quotation marks; a backslash goes before one, and before itself. */
function unquote(literal: string): string {
  try {
    const value: unknown = JSON.parse(literal);
    if (typeof value === "string") return value;
  } catch {
    // People type control characters and single backslashes: they stand for themselves.
  }
  return literal.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");
}

function judge({ field, path, op, values }: QueryTerm): string | null {
  const { ops, many }: FieldRule = queryFields[field];
  if (!ops.includes(op)) return `The field ${field} is asked for with ${ops.join(" or ")}.`;
  if (field === "input" && path === null) return "Say which field of the input: input.customer=42.";
  if (field !== "input" && path !== null) return `The field ${field} has no parts.`;
  if (values.length > 1 && (!many || op === "~")) return `The field ${field} takes one value.`;
  return null;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && /\s/.test(text[next] ?? "")) next += 1;
  return next;
}
