import { EngineError } from "../base/errors.ts";
import { hashText } from "../base/hash.ts";
import { isRunId } from "../base/ids.ts";
import { acceptRun } from "../projections/accept-run.ts";
import type { RunFilter } from "../projections/run-filter.ts";
import type { RunSummary } from "../projections/run-summary.ts";

/** Which runs, and in which order. */
export interface RunQuery extends RunFilter {
  readonly order?: RunOrder; // default: newest first
}

export type RunOrder = "newest" | "oldest";

/** Where a run stands in the order: by its creation, and by its id within a millisecond. */
export interface RunPlace {
  readonly run: string;
  readonly createdAt: number;
}

/** Below 0 = `one` comes first. */
export function compareRuns(order: RunOrder, one: RunPlace, other: RunPlace): number {
  const rising = one.createdAt - other.createdAt || compareText(one.run, other.run);
  return order === "newest" ? -rising : rising;
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Tells whether a state is asked for, by its type or its name in any case; nothing given = every one. */
export function acceptStates(
  states: readonly string[] | undefined,
): (state: string, name: string) => boolean {
  const wanted = new Set((states ?? []).map((text) => text.toLowerCase()));
  if (wanted.size === 0) return () => true;
  return (state, name) => wanted.has(state.toLowerCase()) || wanted.has(name.toLowerCase());
}

/** Tells whether a value is in a list; no list, or an empty one, has everything. */
export function acceptAny(list: readonly string[] | undefined): (value: string) => boolean {
  if (list === undefined || list.length === 0) return () => true;
  const wanted = new Set(list);
  return (value) => wanted.has(value);
}

/** Judges summaries by all that a summary knows: not by parameters. */
export function acceptSummaries(query: RunQuery): (run: RunSummary) => boolean {
  const { states, flows, queue, tags = [], parent, root } = query;
  const isState = acceptStates(states);
  const isFlow = acceptAny(flows);
  const accepts = acceptRun(query);
  return (run) =>
    isFlow(run.flow) &&
    isState(run.state, run.stateName) &&
    (queue === undefined || run.queue === queue) &&
    (parent === undefined || run.parent === parent) &&
    (root === undefined || run.root === root) &&
    tags.every((tag) => run.tags.includes(tag)) &&
    accepts(run);
}

/** Where the next page begins: after this run. Opaque: base64url. */
export function toCursor(order: RunOrder, { run, createdAt }: RunPlace): string {
  const text = `${order}:${createdAt}:${run}`;
  return Buffer.from(`${text}:${hashText(text).toString(36)}`).toString("base64url");
}

const cursorForm = /^((newest|oldest):(\d{1,15}):([\w-]+)):([0-9a-z]+)$/;

/** @throws EngineError OPTION_INVALID for a damaged cursor, or one of a list in the other order */
export function readCursor(order: RunOrder, cursor: string): RunPlace {
  const decoded = Buffer.from(cursor, "base64url").toString();
  const [, text = "", itsOrder, createdAt, run = "", hash] = cursorForm.exec(decoded) ?? [];
  if (
    hash !== hashText(text).toString(36) ||
    !isRunId(run) ||
    toCursor(order, { run, createdAt: Number(createdAt) }) !== cursor
  )
    throw refused(order, itsOrder);
  return { run, createdAt: Number(createdAt) };
}

function refused(order: RunOrder, itsOrder: string | undefined): EngineError {
  const isOther = itsOrder !== undefined && itsOrder !== order;
  const why = isOther
    ? `belongs to a list with the ${itsOrder} runs first, and this one has the ${order} first`
    : "is damaged, or not one of ours";
  return new EngineError(
    "OPTION_INVALID",
    `The cursor ${why}. Give the one that came with the page before, unchanged, or none for the first page.`,
  );
}
