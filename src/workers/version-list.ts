import type { RunSummary } from "../projections/run-summary.ts";
import { queryRuns } from "../redis/query-runs.ts";
import type { Client } from "./client.ts";
import { viewOf } from "./run-list.ts";

/** Open runs of one flow whose newest turn was taken by the same code. */
export interface VersionRow {
  readonly flow: string;
  readonly codeHash: string | null; // of the flow function; null = no turn was taken
  readonly runs: number; // open ones
  readonly blocked: number; // of them
  readonly oldestAt: number; // creation of the oldest one, epoch ms
}

const pageLimit = 500;

/** Which code the open runs were last run by: what a change of code has to fit. By flow, the oldest version first. */
export async function listVersions(client: Client, flow: string | null): Promise<readonly VersionRow[]> {
  const rows = new Map<string, VersionRow>();
  const query = {
    states: ["SCHEDULED", "RUNNING", "PAUSED", "CANCELLING"],
    ...(flow === null ? {} : { flows: [flow] }),
  };
  let cursor: string | null = null;
  do {
    const page = await queryRuns(viewOf(client), query, { limit: pageLimit, cursor });
    for (const { summary, aside } of page.runs) if (aside === null) count(rows, summary);
    cursor = page.next;
  } while (cursor !== null);
  return [...rows.values()].toSorted(
    (one, other) => one.flow.localeCompare(other.flow) || one.oldestAt - other.oldestAt,
  );
}

function count(rows: Map<string, VersionRow>, { flow, codeHash, stateName, createdAt }: RunSummary): void {
  const key = `${codeHash} ${flow}`;
  const row = rows.get(key);
  rows.set(key, {
    flow,
    codeHash: codeHash === "" ? null : codeHash,
    runs: (row?.runs ?? 0) + 1,
    blocked: (row?.blocked ?? 0) + (stateName === "Blocked" ? 1 : 0),
    oldestAt: Math.min(row?.oldestAt ?? createdAt, createdAt),
  });
}
