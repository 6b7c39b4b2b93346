import type { RunSummary } from "../../projections/run-summary.ts";
import { queryRuns } from "../../redis/query-runs.ts";
import type { Client } from "../../workers/client.ts";
import { viewOf } from "../../workers/run-list.ts";
import { readStatistics } from "../../workers/statistics.ts";
import type { Answerer } from "../ask.ts";
import { lookBudget } from "../runs/list-runs.ts";

const hourMs = 3_600_000;
const pageSize = 500;

export const answerTrends: Answerer<"trends"> = async ({ params: { flow }, query, client }) => {
  const to = Date.now();
  const from = to - query.hours * hourMs;
  const bucketMs = Math.max(1, Math.ceil((to - from) / query.buckets));
  const buckets = Array.from({ length: query.buckets }, newBucket);
  const { ended, exact } = await endedSince(client, flow, from);
  for (const summary of ended) {
    const bucket = buckets[Math.floor(((summary.endedAt ?? 0) - from) / bucketMs)];
    if (bucket !== undefined) count(bucket, summary);
  }
  const [report] = await readStatistics(client, flow);
  const shares = (report?.tasks ?? [])
    .map(({ task, meanMs, completed, failed }) => ({ task, totalMs: (meanMs ?? 0) * (completed + failed) }))
    .toSorted((one, other) => other.totalMs - one.totalMs);
  return {
    from,
    to,
    bucketMs,
    exact,
    shares,
    buckets: buckets.map(({ completed, failed, cancelled, took }) => {
      const sorted = took.toSorted((one, other) => one - other);
      return { completed, failed, cancelled, p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
    }),
  };
};

interface Bucket {
  completed: number;
  failed: number;
  cancelled: number;
  readonly took: number[]; // ms, of runs that were begun
}

function newBucket(): Bucket {
  return { completed: 0, failed: 0, cancelled: 0, took: [] };
}

function count(bucket: Bucket, { state, startedAt, endedAt }: RunSummary): void {
  if (state === "COMPLETED") bucket.completed += 1;
  else if (state === "CANCELLED") bucket.cancelled += 1;
  else bucket.failed += 1;
  if (startedAt !== null && endedAt !== null) bucket.took.push(Math.max(0, endedAt - startedAt));
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

async function endedSince(
  client: Client,
  flow: string,
  endedAfter: number,
): Promise<{ readonly ended: readonly RunSummary[]; readonly exact: boolean }> {
  const ended: RunSummary[] = [];
  let cursor: string | null = null;
  for (let left = lookBudget; left > 0; ) {
    const page = await queryRuns(
      viewOf(client),
      { flows: [flow], endedAfter },
      { limit: pageSize, cursor, budget: left },
    );
    ended.push(...page.runs.map(({ summary }) => summary));
    if (page.next === null) return { ended, exact: true };
    left -= page.looked;
    cursor = page.next;
  }
  return { ended, exact: false };
}
