import type { RunSummary } from "../../projections/run-summary.ts";
import { queryRuns } from "../../redis/query-runs.ts";
import type { Client } from "../../workers/client.ts";
import { viewOf } from "../../workers/run-list.ts";

export interface EndedRuns {
  readonly runs: readonly RunSummary[];
  readonly exact: boolean; // false = older runs may have ended in that time too
}

const pageSize = 500;
const lookBudget = 5_000; // of the newest: this is asked for often
const states = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"];

/** Runs that ended since, of those that were created last. */
export async function readEnded(client: Client, endedAfter: number): Promise<EndedRuns> {
  const runs: RunSummary[] = [];
  let cursor: string | null = null;
  for (let left = lookBudget; left > 0; ) {
    const page = await queryRuns(
      viewOf(client),
      { states, endedAfter },
      { limit: pageSize, cursor, budget: left },
    );
    runs.push(...page.runs.map(({ summary }) => summary));
    if (page.next === null) return { runs, exact: true };
    left -= page.looked;
    cursor = page.next;
  }
  return { runs, exact: false };
}
