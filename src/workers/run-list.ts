import type { RunSummary } from "../projections/run-summary.ts";
import type { RunOutline } from "../redis/list-runs.ts";
import type { ViewPlace } from "../redis/live-view.ts";
import { countRuns, type FoundRun, type PageOptions, queryRuns, type RunPage } from "../redis/query-runs.ts";
import type { RosterEntry } from "../redis/roster.ts";
import { acceptStates, type RunQuery, toCursor } from "../redis/run-query.ts";
import type { Client } from "./client.ts";
import { readLiveStates } from "./live-states.ts";
import { currentSet } from "./projection-set.ts";
import { momentary, type RunState, stateOf } from "./run-state.ts";

/** A run in one line. */
export interface RunRow {
  readonly id: string;
  readonly name: string; // "" = its first event cannot be read, and so the flow and the queue
  readonly flow: string;
  readonly queue: string;
  readonly tags: readonly string[];
  readonly parent: string | null; // the run whose flow called this one; null = nobody's
  readonly root: string | null; // the run at the top of its tree; null = this one
  readonly attempt: number; // of the flow; 1 = first try
  readonly state: RunState;
  readonly createdAt: number; // epoch ms, as all of these
  readonly startedAt: number | null; // null = not yet
  readonly endedAt: number | null; // null = not yet
  readonly note: string | null; // what is wrong with its events; null = nothing
}

/** Which runs to list. */
export type RunFilter = RunQuery;

export interface RunListPage {
  readonly rows: readonly RunRow[];
  readonly next: string | null; // the cursor of the next page; null = there is none
}

export interface ListOptions {
  readonly limit: number;
  readonly cursor: string | null; // null = the first page
}

const pageLimit = 500;

/** A run that was found, in its state as of now. */
export interface SeenRun extends FoundRun {
  readonly state: RunState;
}

export interface SeenPage {
  readonly runs: readonly SeenRun[];
  readonly next: string | null; // the cursor of the next page; null = there is none
  readonly isComplete: boolean; // false = it was looked at as many as it may: the page may be short, and `next` goes on
}

/**
 * One page of the runs that a query asks for, in their states as of now. What was not folded yet is not there: see
 * `catchUp`. A state that only the moment tells (Pending, Suspended, Crashed before somebody took it) is looked for
 * among all open runs. Looks at about `budget` runs at most.
 * @throws EngineError OPTION_INVALID for a damaged cursor, COMMAND_REFUSED when nothing was folded yet
 */
export async function seeRuns(
  client: Client,
  query: RunQuery,
  { limit, cursor, budget = Number.POSITIVE_INFINITY }: PageOptions,
): Promise<SeenPage> {
  const roster = await client.roster();
  const seen: SeenRun[] = [];
  const asked = { ...query, states: loggedStates(query) };
  let next = cursor;
  let left = budget;
  for (;;) {
    const missing = Math.min(pageLimit, limit + 1 - seen.length);
    const page = await queryRuns(viewOf(client), asked, { limit: missing, cursor: next, budget: left });
    seen.push(...(await wanted(client, query, { page, roster })));
    next = page.next;
    left -= page.looked;
    const last = seen.length > limit ? seen[limit - 1]?.summary : undefined;
    if (last !== undefined)
      return { runs: seen.slice(0, limit), next: toCursor(query.order ?? "newest", last), isComplete: true };
    if (next === null || !page.isComplete || left <= 0)
      return { runs: seen, next, isComplete: next === null };
  }
}

interface Found {
  readonly page: RunPage;
  readonly roster: readonly RosterEntry[];
}

/** Those of a page that are in the states that are asked for, as of now. */
async function wanted(client: Client, query: RunQuery, { page, roster }: Found): Promise<readonly SeenRun[]> {
  const isWanted = acceptStates(query.states);
  const states = await readLiveStates(client, page.runs, roster);
  return page.runs.flatMap((found, index) => {
    const state = states[index];
    return state !== undefined && isWanted(state.type, state.name) ? [{ ...found, state }] : [];
  });
}

/** As `seeRuns`, in lines. */
export async function listRuns(
  client: Client,
  query: RunQuery,
  { limit, cursor }: ListOptions,
): Promise<RunListPage> {
  const { runs, next } = await seeRuns(client, query, { limit, cursor });
  return { rows: runs.map((seen) => toFoundRow(seen, seen.state)), next };
}

/** How many runs a query asks for, exactly. Costs little unless it asks for a state that only the moment tells. */
export async function countListed(client: Client, query: RunQuery): Promise<number> {
  if (!isMomentary(query)) return countRuns(viewOf(client), query);
  let count = 0;
  for (let cursor: string | null = null; ; ) {
    const page = await listRuns(client, query, { limit: pageLimit, cursor });
    count += page.rows.length;
    if (page.next === null) return count;
    cursor = page.next;
  }
}

/** Where the documents of this release are. */
export function viewOf({ store: { redis, namespace } }: Pick<Client, "store">): ViewPlace {
  return { redis, namespace, signature: currentSet.signature };
}

export function isMomentary({ states = [] }: RunQuery): boolean {
  return states.some((state) => momentary.has(state.toLowerCase()));
}

/** The states to look for in the log: with one that only the moment tells, all types that an open run can be of there. */
function loggedStates(query: RunQuery): readonly string[] {
  const { states = [] } = query;
  return isMomentary(query) ? [...states, "Scheduled", "Running", "Paused", "Cancelling"] : states;
}

function toFoundRow({ summary, aside }: FoundRun, state: RunState): RunRow {
  const { run, name, flow, queue, tags, parent, root, attempt, createdAt, startedAt, endedAt } = summary;
  const note =
    aside === null
      ? null
      : `Its events from ${aside.position} on are not folded: ${aside.code}: ${aside.message}`;
  const tree = { parent, root, attempt };
  return { id: run, name, flow, queue, tags, ...tree, state, createdAt, startedAt, endedAt, note };
}

/** A run as its stream tells of it, which `summary` is the fold of. */
export function toRow(
  outline: RunOutline,
  roster: readonly RosterEntry[],
  summary: RunSummary | null = null,
): RunRow {
  const { run, created, startedAt, last } = outline;
  const { name, flow, queue, tags, root, links } = created.data;
  const logged =
    summary === null ? null : { type: summary.state, name: summary.stateName, message: summary.message };
  const state = stateOf(outline, roster, logged);
  return {
    id: run,
    name,
    flow,
    queue,
    tags,
    parent: links?.parent?.run ?? null,
    root,
    attempt: summary?.attempt ?? 1,
    state,
    createdAt: created.recordedAt,
    startedAt,
    endedAt: state.isFinal ? last.recordedAt : null,
    note: null,
  };
}
