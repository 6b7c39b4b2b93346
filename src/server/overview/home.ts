import { readAsideRuns, readIndexCounts, readLag } from "../../redis/read-view.ts";
import { listQueues, type QueueRow } from "../../workers/queue-depths.ts";
import { viewOf } from "../../workers/run-list.ts";
import type { Answerer } from "../ask.ts";
import type { Attention, Home } from "../contract/overview.ts";
import { type EndedRuns, readEnded } from "./ended-runs.ts";
import { failuresOf } from "./failures.ts";
import { peopleOf } from "./people.ts";

const minuteMs = 60_000;
const bucketCount = 60;
const lateMs = 5_000; // lists that are further behind are worth a look
const finals = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"] as const;

export const answerHome: Answerer<"home"> = async ({ query: { minutes }, client }) => {
  const to = Date.now();
  const from = to - minutes * minuteMs;
  const { redis, namespace, signature } = viewOf(client);
  const [ended, queues, people, counts, lag, aside, roster] = await Promise.all([
    readEnded(client, from),
    listQueues(client),
    peopleOf(client),
    readIndexCounts(redis, namespace, signature),
    readLag(redis, namespace, signature),
    readAsideRuns(redis, namespace, signature),
    client.roster(),
  ]);
  const sum = (...states: readonly string[]): number =>
    counts.reduce((all, { state, count }) => all + (states.includes(state) ? count : 0), 0);
  const blocked = counts.reduce((all, { name, count }) => all + (name === "Blocked" ? count : 0), 0);
  const attention: Attention[] = [
    ...failuresOf(ended.runs),
    ...people,
    ...(blocked === 0 ? [] : [{ kind: "blocked", count: blocked, query: "status:Blocked" } as const]),
    ...queues.flatMap(unserved),
    ...(lag.ms > lateMs ? [{ kind: "projections", entries: lag.entries, ms: lag.ms } as const] : []),
    ...(aside.length === 0
      ? []
      : [{ kind: "aside", count: aside.length, sample: aside[0]?.run ?? "" } as const]),
  ];
  return {
    from,
    to,
    attention,
    now: {
      running: sum("RUNNING", "CANCELLING"),
      waiting: sum("PAUSED"),
      scheduled: sum("SCHEDULED", "PENDING"),
      queued: queues.reduce((all, { waiting }) => all + waiting, 0),
      workers: roster.filter(({ isAlive, isLocal }) => isAlive && !isLocal).length,
    },
    ends: toSeries(ended, { from, to }),
  };
};

/** A queue in which work waits and no worker takes it. */
function unserved({ queue, waiting, workers, oldestWaitingMs }: QueueRow): Attention[] {
  if (waiting === 0 || workers > 0) return [];
  return [{ kind: "queue", queue, waiting, oldestWaitingMs, query: `queue:${JSON.stringify(queue)}` }];
}

function toSeries(
  { runs, exact }: EndedRuns,
  { from, to }: { readonly from: number; readonly to: number },
): Home["ends"] {
  const bucketMs = Math.max(1, Math.ceil((to - from) / bucketCount));
  const series = finals.map((state) => ({ state, counts: Array.from({ length: bucketCount }, () => 0) }));
  for (const { state, endedAt } of runs) {
    const row = series.find((candidate) => candidate.state === state);
    const bucket = Math.floor(((endedAt ?? 0) - from) / bucketMs);
    if (row !== undefined && bucket >= 0 && bucket < bucketCount)
      row.counts[bucket] = (row.counts[bucket] ?? 0) + 1;
  }
  return { bucketMs, series: series.filter(({ counts }) => counts.some((count) => count > 0)), exact };
}
