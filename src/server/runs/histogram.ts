import { toRunFilter } from "../../projections/run-filter.ts";
import { type Buckets, countByState, isCountedByState } from "../../redis/histogram-runs.ts";
import { queryRuns } from "../../redis/query-runs.ts";
import type { RunQuery } from "../../redis/run-query.ts";
import type { Client } from "../../workers/client.ts";
import { isMomentary, seeRuns, viewOf } from "../../workers/run-list.ts";
import type { Answerer } from "../ask.ts";
import type { RunRow } from "../contract/runs.ts";
import { lookBudget } from "./list-runs.ts";

export const answerHistogram: Answerer<"histogram"> = async ({ query: { q, buckets: count }, client }) => {
  const now = Date.now();
  const query: RunQuery = toRunFilter(q, now);
  const buckets = await toBuckets(client, query, { now, count });
  const { from, bucketMs } = buckets;
  const isFromIndexes = isCountedByState(query) && !isMomentary(query);
  const counted = isFromIndexes
    ? { sums: await countByState(viewOf(client), query, buckets), exact: true }
    : await countSeen(client, query, buckets);
  const series = [...counted.sums]
    .map(([state, counts]) => ({ state: toState(state), counts: [...counts] }))
    .sort((one, other) => (one.state < other.state ? -1 : 1));
  const total = series.reduce((sum, { counts }) => sum + counts.reduce((all, some) => all + some, 0), 0);
  return {
    from,
    to: from + count * bucketMs,
    bucketMs,
    series,
    total: { count: total, exact: counted.exact },
  };
};

function toState(state: string): RunRow["state"] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- indexes and summaries have types of states only
  return state as RunRow["state"];
}

/** From the first run that matches, or the query's own begin, to its end, or now. */
async function toBuckets(
  client: Client,
  query: RunQuery,
  { now, count }: { readonly now: number; readonly count: number },
): Promise<Buckets> {
  const from = query.createdAfter ?? (await firstMatch(client, query)) ?? now - hourMs;
  const to = Math.max(query.createdBefore ?? now + 1, from + 1);
  return { from, bucketMs: Math.max(1, Math.ceil((to - from) / count)), count };
}

const hourMs = 3_600_000;

async function firstMatch(client: Client, query: RunQuery): Promise<number | null> {
  const { states: _, ...anyState } = query;
  const asked: RunQuery = { ...(isMomentary(query) ? anyState : query), order: "oldest" };
  const { runs } = await queryRuns(viewOf(client), asked, { limit: 1, cursor: null, budget: lookBudget });
  return runs[0]?.summary.createdAt ?? null;
}

interface Counted {
  readonly sums: ReadonlyMap<string, readonly number[]>;
  readonly exact: boolean;
}

/** By looking at each run that matches, newest first. */
async function countSeen(
  client: Client,
  query: RunQuery,
  { from, bucketMs, count }: Buckets,
): Promise<Counted> {
  const sums = new Map<string, number[]>();
  let cursor: string | null = null;
  for (let left = lookBudget; left > 0; left -= pageSize) {
    const page = await seeRuns(client, query, { limit: pageSize, cursor, budget: left });
    for (const { summary, state } of page.runs) {
      const bucket = Math.floor((summary.createdAt - from) / bucketMs);
      const row = sums.get(state.type) ?? Array.from({ length: count }, () => 0);
      if (bucket >= 0 && bucket < count) row[bucket] = (row[bucket] ?? 0) + 1;
      sums.set(state.type, row);
    }
    if (page.next === null) return { sums, exact: true };
    if (!page.isComplete) break;
    cursor = page.next;
  }
  return { sums, exact: false };
}

const pageSize = 500;
