import { toRunFilter } from "../../projections/run-filter.ts";
import type { Client } from "../../workers/client.ts";
import {
  countListed,
  listRuns,
  type RunFilter,
  type RunListPage,
  type RunRow,
} from "../../workers/run-list.ts";
import { catchUpFirst } from "../catch-up.ts";
import { toIso } from "../format.ts";
import { exits } from "../outcome.ts";
import { toInput } from "../parameters.ts";
import { note, out } from "../print.ts";
import { printRuns } from "../run-table.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface RunsCommand {
  readonly state?: readonly string[];
  readonly flow?: string;
  readonly queue?: string;
  readonly tag?: readonly string[];
  readonly parent?: string; // id, beginning of the id, or name
  readonly root?: string; // the same
  readonly param?: readonly string[];
  readonly since?: number; // epoch ms
  readonly until?: number; // epoch ms
  readonly limit?: number;
  readonly cursor?: string;
  readonly nextCursor?: boolean;
  readonly all?: boolean;
  readonly count?: boolean;
  readonly json?: boolean;
}

const defaultLimit = 25;
const pageLimit = 500;

/** `millrace runs ls [QUERY]`: runs, newest first. Where an option and the query say the same, the option counts. */
export async function runsCommand(text: string, options: RunsCommand): Promise<number> {
  const asked = { ...toRunFilter(text, Date.now()), ...toQuery(options) };
  return withClient(async (client) => {
    const query = { ...asked, ...(await toTree(client, options)) };
    await catchUpFirst(client);
    if (options.count === true) await printCount(client, query, options);
    else await list(client, { text, query }, options);
    return exits.ok;
  });
}

function toQuery({ state, flow, queue, tag, param = [], since, until }: RunsCommand): RunFilter {
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(flow === undefined ? {} : { flows: [flow] }),
    ...(queue === undefined ? {} : { queue }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(since === undefined ? {} : { createdAfter: since }),
    ...(until === undefined ? {} : { createdBefore: until }),
    ...(param.length === 0
      ? {}
      : { parameters: Object.fromEntries(Object.entries(toInput(undefined, param) ?? {})) }),
  };
}

async function toTree(client: Client, { parent, root }: RunsCommand): Promise<RunFilter> {
  return {
    ...(parent === undefined ? {} : { parent: (await client.find(parent)).run }),
    ...(root === undefined ? {} : { root: (await client.find(root)).run }),
  };
}

async function printCount(client: Client, query: RunFilter, { json = false }: RunsCommand): Promise<void> {
  const count = await countListed(client, query);
  out(json ? toLine({ count }) : String(count));
}

interface Asked {
  readonly text: string;
  readonly query: RunFilter;
}

async function list(client: Client, { text, query }: Asked, options: RunsCommand): Promise<void> {
  const { json = false, all = false, limit = defaultLimit } = options;
  const rows: RunRow[] = []; // for the table; JSON is printed as it comes
  let found = 0;
  let next: string | null = null;
  for await (const page of pages(client, query, options)) {
    found += page.rows.length;
    if (json) for (const row of page.rows) out(toLine(toRecord(row, Date.now())));
    else rows.push(...page.rows);
    next = page.next;
    if (!all) break;
  }
  if (rows.length > 0) printRuns(rows);
  if (found === 0) note(nothing(text, options));
  printNext(next, limit, options);
}

async function* pages(
  client: Client,
  query: RunFilter,
  { all = false, limit = defaultLimit, cursor }: RunsCommand,
): AsyncGenerator<RunListPage, void, void> {
  let next = cursor ?? null;
  do {
    const page = await listRuns(client, query, { limit: all ? pageLimit : limit, cursor: next });
    yield page;
    next = page.next;
  } while (next !== null);
}

function printNext(
  next: string | null,
  limit: number,
  { json = false, nextCursor = false }: RunsCommand,
): void {
  if (nextCursor && json) out(toLine({ nextCursor: next }));
  else if (nextCursor && next !== null) note(`The next page: --cursor ${next}`);
  else if (next !== null && !json) note(`There are more: --limit ${limit * 4}, --flow NAME, --state NAME`);
}

function nothing(text: string, { state, flow, ...others }: RunsCommand): string {
  const ofFlow = flow === undefined ? "" : ` of flow "${flow}"`;
  const inState = state === undefined ? "" : ` in state ${state.map((name) => `"${name}"`).join(" or ")}`;
  const { queue, tag, parent, root, param, since, until, cursor } = others;
  const filters = [queue, tag, parent, root, param, since, until, cursor];
  const isFiltered = filters.some((given) => given !== undefined);
  const ofQuery = text.trim() === "" ? "" : ` that fit ${text}`;
  const which = `${ofFlow}${inState}${ofQuery}${isFiltered ? " that fit the other options" : ""}`;
  return `No runs${which}.${which === "" ? " Make one: npx tsx FILE" : ""}`;
}

/** A run as programs read it. */
export function toRecord(row: RunRow, now: number): Readonly<Record<string, unknown>> {
  const { id, name, flow, queue, tags, state, parent, root, attempt, createdAt, startedAt, endedAt, note } =
    row;
  const durationMs = startedAt === null ? null : (endedAt ?? now) - startedAt;
  return {
    id,
    name,
    flow,
    queue,
    tags,
    state,
    parent,
    root,
    attempt,
    created: toIso(createdAt),
    started: toIso(startedAt),
    ended: toIso(endedAt),
    durationMs,
    note,
  };
}
