import { toMs } from "../base/durations.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { parseQuery, type QueryTerm, type QueryValue } from "./query-text.ts";

/** What is asked of summaries beyond what indexes know. Instants are epoch ms; "after" includes the moment. */
export interface SummaryFilter {
  readonly names?: readonly string[]; // any of them
  readonly nameParts?: readonly string[]; // all of them, whatever the case
  readonly triggers?: readonly string[]; // any of them
  readonly errorParts?: readonly string[]; // all of them, in the error or the message
  readonly fingerprints?: readonly string[]; // any of them
  readonly startedAfter?: number;
  readonly startedBefore?: number;
  readonly endedAfter?: number;
  readonly endedBefore?: number;
  readonly durationAtLeastMs?: number;
  readonly durationBelowMs?: number; // of open runs: until `nowMs`
  readonly nowMs?: number;
}

/** Which runs people asked for. */
export interface RunFilter extends SummaryFilter {
  readonly states?: readonly string[]; // types or names, in any case; any of them
  readonly flows?: readonly string[]; // any of them
  readonly queue?: string;
  readonly tags?: readonly string[]; // all of them
  readonly parent?: string;
  readonly root?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly parameters?: Readonly<Record<string, unknown>>; // fields of the input: each is equal; "a.b" is b of a
}

type Draft = { -readonly [Field in keyof RunFilter]: RunFilter[Field] };

/**
 * What a query asks for, as of `nowMs`.
 * @throws EngineError OPTION_INVALID naming every problem
 */
export function toRunFilter(text: string, nowMs: number): RunFilter {
  const { terms, problems } = parseQuery(text);
  const messages = problems.map(({ at, length, message }) => `${text.slice(at, at + length)}: ${message}`);
  const draft: Draft = {};
  for (const term of terms) {
    const message = add(draft, term, nowMs);
    if (message !== null) messages.push(message);
  }
  if (messages.length > 0)
    throw new EngineError("OPTION_INVALID", `The query is not understood. ${messages.join(" ")}`, {
      issues: messages,
    });
  return draft;
}

/** null = it was understood. */
function add(draft: Draft, term: QueryTerm, nowMs: number): string | null {
  const { field, op, values } = term;
  if (isOneOf(instants, field)) return addInstant(draft, term, nowMs);
  if (isOneOf(singles, field)) return addSingle(draft, field, values[0]?.text ?? "");
  if (field === "duration") return addDuration(draft, term, nowMs);
  if (field !== "input")
    return addToList(draft, field === "name" && op === "~" ? "nameParts" : lists[field], values);
  draft.parameters = { ...draft.parameters, [term.path ?? ""]: toValue(values[0]) };
  return null;
}

const instants = ["created", "started", "ended"] as const;
const singles = ["queue", "parent", "root"] as const;

function isOneOf<Name extends string>(names: readonly Name[], field: string): field is Name {
  return names.some((name) => name === field);
}

type ListName = (typeof lists)[keyof typeof lists] | "nameParts";

function addToList(draft: Draft, list: ListName, values: readonly QueryValue[]): null {
  draft[list] = [...(draft[list] ?? []), ...values.map(({ text }) => text)];
  return null;
}

const lists = {
  status: "states",
  flow: "flows",
  name: "names",
  tag: "tags",
  trigger: "triggers",
  error: "errorParts",
  fingerprint: "fingerprints",
} as const;

function addSingle(draft: Draft, field: (typeof singles)[number], text: string): string | null {
  if (draft[field] !== undefined && draft[field] !== text) return `${field} is asked for twice.`;
  draft[field] = text;
  return null;
}

function addInstant(draft: Draft, { field, op, values }: QueryTerm, nowMs: number): string | null {
  const text = values[0]?.text ?? "";
  const at = toInstant(text, nowMs);
  if (at === null)
    return `${field}${op}${text}: give how long ago, as in -24h, or a time, as in 2026-04-30 or 2026-04-30T12:00Z.`;
  const least = op.startsWith(">");
  const bound = op === ">" || op === "<=" ? at + 1 : at;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the three fields of instants have both
  const name = `${field}${least ? "After" : "Before"}` as "createdAfter" | "createdBefore";
  const before = draft[name] ?? bound;
  draft[name] = least ? Math.max(before, bound) : Math.min(before, bound);
  return null;
}

const isoForm = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Epoch ms; null = it is none. A time without a zone is UTC: a query means the same wherever it is read. */
function toInstant(text: string, nowMs: number): number | null {
  if (text === "now") return nowMs;
  if (text.startsWith("-")) {
    const ms = toSpan(text.slice(1));
    return ms === null ? null : nowMs - ms;
  }
  const [whole, zone] = isoForm.exec(text) ?? [];
  if (whole === undefined) return null;
  const at = Date.parse(zone === undefined && whole.includes("T") ? `${whole}Z` : whole);
  return Number.isNaN(at) ? null : at;
}

function addDuration(draft: Draft, { op, values }: QueryTerm, nowMs: number): string | null {
  const text = values[0]?.text ?? "";
  const ms = toSpan(text);
  if (ms === null) return `duration${op}${text}: give a duration, as in 90s, 5m or 2h.`;
  const bound = op === ">" || op === "<=" ? ms + 1 : ms;
  draft.nowMs = nowMs;
  if (op.startsWith(">")) draft.durationAtLeastMs = Math.max(draft.durationAtLeastMs ?? 0, bound);
  else draft.durationBelowMs = Math.min(draft.durationBelowMs ?? bound, bound);
  return null;
}

function toSpan(text: string): number | null {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the function judges it
    return toMs(text as `${number}ms`);
  } catch (error) {
    if (isEngineError(error, "OPTION_INVALID")) return null;
    throw error;
  }
}

/** JSON if it is that, else text. */
function toValue(value: QueryValue | undefined): unknown {
  const { text = "", isQuoted = true } = value ?? {};
  if (isQuoted) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return text; // plain text needs no quotes
  }
}
