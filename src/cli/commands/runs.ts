import { type Client, openClient } from "../../workers/client.ts";
import { listRuns, type RunRow } from "../../workers/run-list.ts";
import { settingsFromEnvironment } from "../../workers/settings.ts";
import { missingStore } from "../../workers/store-place.ts";
import { paintRunState, toIso, toLocalTime, toSpan } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface RunsCommand {
  readonly state?: string;
  readonly flow?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

const defaultLimit = 25;

/** `millrace runs ls`: runs, newest first. */
export async function runsCommand(options: RunsCommand): Promise<number> {
  const missing = missingStore(settingsFromEnvironment());
  if (missing !== null) {
    note(missing);
    return exits.ok;
  }
  const client = await openClient();
  try {
    await list(client, options);
    return exits.ok;
  } finally {
    await client.close();
  }
}

async function list(
  client: Client,
  { state, flow, limit = defaultLimit, json = false }: RunsCommand,
): Promise<void> {
  const filter = { state: state ?? null, flow: flow ?? null, limit };
  const rows = await listRuns(client, { ...filter, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  if (json) for (const row of shown) out(toLine(toRecord(row, Date.now())));
  else if (shown.length > 0) printRuns(shown);
  if (rows.length > limit && !json) note(`There are more: --limit ${limit * 4}, --flow NAME, --state NAME`);
  if (shown.length === 0) note(nothing(state, flow));
}

function nothing(state: string | undefined, flow: string | undefined): string {
  const which = `${flow === undefined ? "" : ` of flow "${flow}"`}${state === undefined ? "" : ` in state "${state}"`}`;
  return `No runs${which}.${which === "" ? " Make one: npx tsx FILE" : ""}`;
}

function printRuns(rows: readonly RunRow[]): void {
  const colors = colorsOf(process.stdout);
  const now = Date.now();
  printTable(
    [
      { title: "NAME", cells: rows.map(({ name }) => name), paint: (cell) => colors.magenta(cell) },
      { title: "ID", cells: rows.map(({ id }) => id), paint: (cell) => colors.dim(cell) },
      { title: "FLOW", cells: rows.map(({ flow }) => flow) },
      {
        title: "STATE",
        cells: rows.map(({ state }) => state.name),
        paint: (cell, index) => {
          const row = rows[index];
          return row === undefined ? cell : paintRunState(row.state, colors)(cell);
        },
      },
      { title: "CREATED", cells: rows.map(({ createdAt }) => toLocalTime(createdAt)) },
      { title: "DURATION", cells: rows.map((row) => durationOf(row, now)) },
    ],
    colors,
  );
}

/** From the first turn to the end; of a run that nobody drives, nothing, since nobody knows. */
function durationOf({ startedAt, endedAt, state }: RunRow, now: number): string {
  return state.isFinal || state.name === "Running" ? toSpan(startedAt, endedAt, now) : "";
}

/** A run as programs read it. */
export function toRecord(row: RunRow, now: number): Readonly<Record<string, unknown>> {
  const { id, name, flow, queue, tags, state, createdAt, startedAt, endedAt } = row;
  const durationMs = startedAt === null ? null : (endedAt ?? now) - startedAt;
  return {
    id,
    name,
    flow,
    queue,
    tags,
    state,
    created: toIso(createdAt),
    started: toIso(startedAt),
    ended: toIso(endedAt),
    durationMs,
  };
}
