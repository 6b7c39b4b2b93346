import { groupBy } from "../base/group-by.ts";
import { quantile } from "../projections/duration-histogram.ts";
import { type EndedRun, type FlowStats, flowStats, mergeFlowStats } from "../projections/flow-stats.ts";
import { mergeTaskStats, type TaskStats, taskStats } from "../projections/task-stats.ts";
import { readAllDocuments, type ShardDocuments } from "../redis/read-view.ts";
import type { Client } from "./client.ts";
import { viewOf } from "./run-list.ts";

/** How long things took; null = none has ended. */
export interface Durations {
  readonly p50Ms: number | null; // within 3.1 %
  readonly p95Ms: number | null; // within 3.1 %
  readonly meanMs: number | null;
  readonly longestMs: number | null;
}

export interface TaskReport extends Durations {
  readonly task: string;
  readonly calls: number;
  readonly completed: number;
  readonly failed: number; // for good, whatever the name of the state
  readonly cached: number; // a result that was there stood for them, or one of an earlier attempt of the flow
  readonly cancelled: number;
  readonly retries: number;
  readonly successRate: number | null; // of those that ended; null = none has
}

export interface FlowReport extends Durations {
  readonly flow: string;
  readonly runs: number;
  readonly open: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly cancelled: number;
  readonly crashed: number;
  readonly retried: number; // attempts of the flow that were followed by another one
  readonly children: number; // runs that its runs called
  readonly successRate: number | null; // of those that ended; null = none has
  readonly lastAt: number | null; // epoch ms; when a run was last created, started or ended
  readonly recent: readonly EndedRun[]; // the last ones to end, newest first
  readonly tasks: readonly TaskReport[]; // by name
}

/** Statistics of every flow by name, or of one. What was not folded yet is not there. */
export async function readStatistics(client: Client, flow: string | null): Promise<readonly FlowReport[]> {
  const { redis, namespace, signature } = viewOf(client);
  const [flows, tasks] = await Promise.all([
    readAllDocuments(redis, namespace, signature, flowStats),
    readAllDocuments(redis, namespace, signature, taskStats),
  ]);
  const ofFlow = groupBy(
    flatten(tasks, (task) => flow === null || task.flow === flow),
    (task) => task.flow,
  );
  const reports = [
    ...groupBy(
      flatten(flows, (stats) => flow === null || stats.flow === flow),
      (stats) => stats.flow,
    ),
  ];
  return reports
    .map(([name, docs]) => toFlowReport(mergeFlowStats(docs), ofFlow.get(name) ?? []))
    .sort((one, other) => (one.flow < other.flow ? -1 : 1));
}

function flatten<Doc>(shards: ShardDocuments<Doc>, isWanted: (doc: Doc) => boolean): readonly Doc[] {
  return [...shards.values()].flatMap((documents) => [...documents.values()].filter(isWanted));
}

function toFlowReport(stats: FlowStats, taskDocs: readonly TaskStats[]): FlowReport {
  const { flow, created, completed, failed, timedOut, cancelled, crashed, recent, lastAt } = stats;
  const { reopened, retried, children } = stats;
  const ended = completed + failed + timedOut + cancelled + crashed;
  const tasks = [...groupBy(taskDocs, ({ task }) => task).values()].map((docs) =>
    toTaskReport(mergeTaskStats(docs)),
  );
  return {
    flow,
    runs: created,
    open: created + reopened - ended,
    completed,
    failed,
    timedOut,
    cancelled,
    crashed,
    retried: retried + reopened,
    children,
    successRate: ended === 0 ? null : completed / ended,
    lastAt,
    recent,
    tasks: tasks.sort((one, other) => (one.task < other.task ? -1 : 1)),
    ...toDurations(stats),
  };
}

function toTaskReport(stats: TaskStats): TaskReport {
  const { task, calls, completed, timedOut, crashed, retries, cancelled } = stats;
  const cached = stats.cached + stats.reused;
  const failed = stats.failed + timedOut + crashed;
  const good = completed + stats.cached; // what was reused counted when it ended, in an earlier attempt
  const ended = good + failed;
  const successRate = ended === 0 ? null : good / ended;
  return { task, calls, completed, failed, cached, cancelled, retries, successRate, ...toDurations(stats) };
}

function toDurations({ durations, durationSumMs, longestMs }: FlowStats | TaskStats): Durations {
  let count = 0;
  for (const more of durations.values()) count += more;
  return {
    p50Ms: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    meanMs: count === 0 ? null : Math.round(durationSumMs / count),
    longestMs: count === 0 ? null : longestMs,
  };
}
