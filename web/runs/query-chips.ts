import {
  parseQuery,
  printQuery,
  type QueryField,
  type QueryTerm,
  queryFields,
} from "../../src/projections/query-text.ts";

/** The query without one of its terms. */
export function withoutTerm(q: string, index: number): string {
  return printQuery(parseQuery(q).terms.filter((_, at) => at !== index));
}

/** The query with what was typed; a term of one value replaces the one that asks the same. */
export function withTyped(q: string, typed: string): string {
  const { terms } = parseQuery(q);
  const added = parseQuery(typed).terms.filter(
    (term) => !terms.some((other) => printQuery([other]) === printQuery([term])),
  );
  const replaced = (term: QueryTerm): boolean =>
    added.some((one) => one.field === term.field && replaces(one, term));
  return printQuery([...terms.filter((term) => !replaced(term)), ...added]);
}

const onlyOnce: ReadonlySet<QueryField> = new Set(["status", "queue", "parent", "root", "trigger"]);

function replaces(one: QueryTerm, other: QueryTerm): boolean {
  return onlyOnce.has(one.field) && one.op === other.op;
}

/** What a word that is being typed may become. */
export interface Completion {
  readonly text: string; // replaces the word
  readonly about: string;
  readonly isWhole: boolean; // a term, not only its beginning
}

export interface KnownValues {
  readonly flows: readonly string[];
  readonly queues: readonly string[];
  readonly tags: readonly string[];
}

const states =
  "scheduled pending running paused cancelling completed failed cancelled crashed TimedOut Cached Blocked";
const spans = ["-15m", "-1h", "-24h", "-7d"];

/** Names of fields, then values of the chosen one. */
export function completionsOf(word: string, known: KnownValues): readonly Completion[] {
  const [, name = "", op = "", begun = ""] = /^([a-z]+)(>=|<=|[:=~<>])(.*)$/i.exec(word) ?? [];
  if (op === "") return fieldsLike(word);
  const last = begun.split(",").at(-1) ?? "";
  const before = word.slice(0, word.length - last.length);
  return valuesOf(name.toLowerCase(), known)
    .filter((value) => value.toLowerCase().includes(last.toLowerCase()) && value !== last)
    .slice(0, 8)
    .map((value) => ({ text: before + quotedIfNeeded(value), about: "", isWhole: true }));
}

function fieldsLike(word: string): readonly Completion[] {
  if (word === "") return [];
  return Object.entries(queryFields)
    .filter(([name]) => name.startsWith(word.toLowerCase()))
    .map(([name, { ops, about }]) => ({
      text: name === "input" ? "input." : name + ops[0],
      about,
      isWhole: false,
    }));
}

function valuesOf(field: string, known: KnownValues): readonly string[] {
  switch (field) {
    case "status":
    case "state":
      return states.split(" ");
    case "flow":
      return known.flows;
    case "queue":
      return known.queues;
    case "tag":
      return known.tags;
    case "trigger":
      return ["script", "client", "schedule", "parent", "continuation", "fork"];
    case "created":
    case "started":
    case "ended":
      return spans;
    case "duration":
      return ["10s", "1m", "5m", "1h"];
    default:
      return [];
  }
}

function quotedIfNeeded(value: string): string {
  return /^[^\s,"]+$/.test(value) ? value : JSON.stringify(value);
}
