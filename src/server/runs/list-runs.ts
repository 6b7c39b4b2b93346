import { toRunFilter } from "../../projections/run-filter.ts";
import { countRunsWithin } from "../../redis/query-runs.ts";
import type { RunQuery } from "../../redis/run-query.ts";
import type { Client } from "../../workers/client.ts";
import { isMomentary, seeRuns, viewOf } from "../../workers/run-list.ts";
import type { Answerer } from "../ask.ts";
import { toRunRow } from "./run-row.ts";

/** Summaries that one answer looks at, at most, about: some hundred milliseconds. */
export const lookBudget = 20_000;

export const answerRuns: Answerer<"runs"> = async ({ query, client }) => {
  const { q, order, limit, cursor = null, total } = query;
  const asked: RunQuery = { ...toRunFilter(q, Date.now()), order };
  const [page, count] = await Promise.all([
    seeRuns(client, asked, { limit, cursor, budget: lookBudget }),
    total === "true" && cursor === null ? countAsked(client, asked) : null,
  ]);
  return { runs: page.runs.map(toRunRow), next: page.next, complete: page.isComplete, total: count };
};

interface Total {
  readonly count: number;
  readonly exact: boolean;
}

/** How many runs match; a state that only the moment tells is looked for among the runs themselves. */
async function countAsked(client: Client, query: RunQuery): Promise<Total> {
  if (isMomentary(query)) return countSeen(client, query);
  const { count, isExact } = await countRunsWithin(viewOf(client), query, lookBudget);
  return { count, exact: isExact };
}

async function countSeen(client: Client, query: RunQuery): Promise<Total> {
  let count = 0;
  let cursor: string | null = null;
  for (let looked = 0; looked < lookBudget; looked += pageSize) {
    const page = await seeRuns(client, query, { limit: pageSize, cursor, budget: lookBudget - looked });
    count += page.runs.length;
    if (page.next === null) return { count, exact: true };
    if (!page.isComplete) break;
    cursor = page.next;
  }
  return { count, exact: false };
}

const pageSize = 500;
