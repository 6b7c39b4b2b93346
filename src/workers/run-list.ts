import type { RunOutline } from "../redis/list-runs.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { type RunState, stateOf } from "./run-state.ts";

/** A run in one line. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly queue: string;
  readonly tags: readonly string[];
  readonly state: RunState;
  readonly createdAt: number; // epoch ms, as all of these
  readonly startedAt: number | null; // null = not yet
  readonly endedAt: number | null; // null = not yet
}

export interface RunFilter {
  readonly state: string | null; // name or type, in any case; null = any
  readonly flow: string | null; // null = any
  readonly limit: number;
}

const pageSize = 50;

/** Runs that pass the filter, newest first. Reads as far back as it has to. */
export async function listRuns(client: Client, filter: RunFilter): Promise<readonly RunRow[]> {
  const roster = await client.roster();
  const found: RunRow[] = [];
  let page: string[] = [];
  const readPage = async (): Promise<void> => {
    const outlines = await Promise.all(page.map(async (run) => client.outline(run)));
    page = [];
    const rows = outlines.flatMap((outline) => (outline === null ? [] : [toRow(outline, roster)]));
    found.push(...rows.filter((row) => passes(row, filter)));
  };
  for await (const run of client.newest()) {
    if (page.push(run) === pageSize) await readPage();
    if (found.length >= filter.limit) break;
  }
  if (found.length < filter.limit) await readPage();
  return found.slice(0, filter.limit);
}

export function toRow(outline: RunOutline, roster: readonly RosterEntry[]): RunRow {
  const { run, created, startedAt, last } = outline;
  const { name, flow, queue, tags } = created.data;
  const state = stateOf(outline, roster);
  return {
    id: run,
    name,
    flow,
    queue,
    tags,
    state,
    createdAt: created.recordedAt,
    startedAt,
    endedAt: state.isFinal ? last.recordedAt : null,
  };
}

function passes({ state, flow }: RunRow, filter: RunFilter): boolean {
  const wanted = filter.state?.toLowerCase();
  const isState =
    wanted === undefined || state.name.toLowerCase() === wanted || state.type.toLowerCase() === wanted;
  return isState && (filter.flow === null || filter.flow === flow);
}
