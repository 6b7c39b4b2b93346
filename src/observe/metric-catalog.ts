import { catalog } from "../events/catalog.ts";
import {
  attemptOutcomes,
  childStates,
  durationEdgesMs,
  finalStates,
  historyEdges,
  retryReasons,
  runRetryReasons,
  runTriggers,
  taskShortcuts,
  updateOutcomes,
  waitEdgesMs,
} from "../projections/metric-buckets.ts";

export type MetricType = "counter" | "gauge" | "histogram";

/** Where a metric comes from: folded from the log, read from Redis when asked, or counted in this process. */
export type MetricOrigin = "projection" | "gauge" | "process";

/** Its values, of a closed set; null = names that users give, of which a limiter lets only so many through. */
type Labels = Readonly<Record<string, readonly string[] | null>>;

export interface Metric<L extends Labels = Labels> {
  readonly type: MetricType;
  readonly help: string;
  readonly labels: L; // in the order of the page
  readonly buckets: readonly number[] | null; // upper edges in the metric's unit, without +Inf; null = no histogram
  readonly hasExemplars: boolean; // in OpenMetrics: {run_id, trace_id}
  readonly where: MetricOrigin;
}

const open = null;
const ofNamespace = { namespace: open };
const ofFlow = { namespace: open, flow: open };
const ofTask = { namespace: open, flow: open, task: open };
const ofQueue = { namespace: open, queue: open };

const toSeconds = (edgesMs: readonly number[]): readonly number[] => edgesMs.map((ms) => ms / 1_000);
const ioSeconds = toSeconds([1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000]);
const waitSeconds = toSeconds(waitEdgesMs);
const durationSeconds = toSeconds(durationEdgesMs);

const plain = { buckets: null, hasExemplars: false } as const;

function counter<L extends Labels>(where: MetricOrigin, labels: L, help: string): Metric<L> {
  return { ...plain, type: "counter", help, labels, where };
}

function gauge<L extends Labels>(where: MetricOrigin, labels: L, help: string): Metric<L> {
  return { ...plain, type: "gauge", help, labels, where };
}

interface HistogramOf<L extends Labels> {
  readonly labels: L;
  readonly buckets: readonly number[];
  readonly hasExemplars?: boolean;
}

function histogram<L extends Labels>(where: MetricOrigin, of: HistogramOf<L>, help: string): Metric<L> {
  return { hasExemplars: false, ...of, type: "histogram", help, where };
}

/** Every metric of Millrace by its name; names, labels and their values are public. */
export const metricCatalog = {
  millrace_runs_started_total: counter(
    "projection",
    { ...ofFlow, trigger: runTriggers },
    "Runs whose flow function was called for the first time",
  ),
  millrace_runs_finished_total: counter(
    "projection",
    { ...ofFlow, state: finalStates },
    "Runs that ended, by their final state",
  ),
  millrace_run_duration_seconds: histogram(
    "projection",
    { labels: { ...ofFlow, state: finalStates }, buckets: durationSeconds },
    "From the first call of the flow function to the end of the run, waiting included",
  ),
  millrace_run_start_delay_seconds: histogram(
    "projection",
    { labels: ofFlow, buckets: waitSeconds },
    "From the creation of a run to the first call of its flow function",
  ),
  millrace_run_history_events: histogram(
    "projection",
    { labels: ofFlow, buckets: historyEdges },
    "Events in the history of a run when it ended",
  ),
  millrace_owners_lost_total: counter(
    "projection",
    ofFlow,
    "Times that the worker which owned a run was lost",
  ),
  millrace_replay_nondeterminism_total: counter(
    "projection",
    ofFlow,
    "Times that a run was blocked because its code no longer did what its history says",
  ),
  millrace_run_retries_total: counter(
    "projection",
    { ...ofFlow, reason: runRetryReasons },
    "Attempts of flows that followed another one: by the flow's policy, or as somebody reopened the run",
  ),
  millrace_run_cancellations_requested_total: counter(
    "projection",
    ofFlow,
    "Times that somebody wanted a run to end",
  ),
  millrace_child_runs_started_total: counter("projection", ofFlow, "Runs that runs of the flow called"),
  millrace_child_runs_finished_total: counter(
    "projection",
    { ...ofFlow, state: childStates },
    "Runs that runs of the flow called and that ended while it waited, by their final state",
  ),
  millrace_signals_awaited_total: counter("projection", ofFlow, "Waits for a signal that began"),
  millrace_signals_received_total: counter("projection", ofFlow, "Signals that were sent to runs"),
  millrace_updates_total: counter(
    "projection",
    { ...ofFlow, outcome: updateOutcomes },
    "Updates that flows answered, by how",
  ),
  millrace_task_attempts_total: counter(
    "projection",
    { ...ofTask, outcome: attemptOutcomes },
    "Attempts of tasks that ended, by how they ended; cached = a shared result stood for it",
  ),
  millrace_task_retries_total: counter(
    "projection",
    { ...ofTask, reason: retryReasons },
    "Attempts that were followed by another one",
  ),
  millrace_task_shortcuts_total: counter(
    "projection",
    { ...ofTask, kind: taskShortcuts },
    "Calls of tasks that ended without the end of an attempt: by a result of an earlier attempt of the flow, or as the flow gave them up",
  ),
  millrace_task_duration_seconds: histogram(
    "projection",
    { labels: ofTask, buckets: durationSeconds, hasExemplars: true },
    "From the beginning of an attempt to its end; without crashed attempts, whose end nobody saw",
  ),
  millrace_task_queue_wait_seconds: histogram(
    "projection",
    { labels: ofQueue, buckets: waitSeconds },
    "From the time when an attempt of a queued task could begin until a worker began it",
  ),
  millrace_events_appended_total: counter(
    "projection",
    { ...ofNamespace, type: catalog.map(({ type }) => type) },
    "Events in the log, by type",
  ),
  millrace_metrics_overflow_total: counter(
    "projection",
    { metric: open },
    "Label sets of a metric that have no series of their own and are summed up under __other__",
  ),
  millrace_runs_active: gauge(
    "gauge",
    { ...ofFlow, state: ["scheduled", "running", "waiting", "paused", "cancelling"] },
    "Runs that have not ended",
  ),
  millrace_queue_jobs: gauge(
    "gauge",
    { ...ofQueue, state: ["waiting", "active", "delayed"] },
    "Jobs in BullMQ: hints that a run can go on or an attempt can begin",
  ),
  millrace_queue_oldest_waiting_seconds: gauge(
    "gauge",
    ofQueue,
    "How long the oldest waiting job has waited; 0 = none waits",
  ),
  millrace_workers_alive: gauge("gauge", ofNamespace, "Workers whose lease holds; scripts are not counted"),
  millrace_timers_pending: gauge(
    "gauge",
    ofNamespace,
    "Runs that somebody should look after at a known time: sleeps, retries, starts",
  ),
  millrace_feed_entries: gauge("gauge", ofNamespace, "Entries that the feeds of the shards hold"),
  millrace_redis_memory_bytes: gauge(
    "gauge",
    { kind: ["used", "max"] },
    "Memory that Redis uses, and may use; max is absent when there is no limit",
  ),
  millrace_projection_lag_events: gauge(
    "gauge",
    ofNamespace,
    "Entries of the feeds that no projection has seen yet",
  ),
  millrace_projection_lag_seconds: gauge(
    "gauge",
    ofNamespace,
    "Age of the first entry of a feed that no projection has seen yet; 0 = caught up",
  ),
  millrace_projection_set_aside: gauge(
    "gauge",
    ofNamespace,
    "Runs that projections have set aside because an event cannot be folded",
  ),
  millrace_worker_slots: gauge(
    "process",
    { kind: ["runs", "tasks"], state: ["used", "free"] },
    "Places of this worker for runs and for attempts of queued tasks; a run that only waits needs none",
  ),
  millrace_event_append_duration_seconds: histogram(
    "process",
    { labels: {}, buckets: ioSeconds },
    "Round trip of the commit script",
  ),
  millrace_event_append_conflicts_total: counter(
    "process",
    {},
    "Commits that were refused because somebody else owned the run",
  ),
  millrace_replay_duration_seconds: histogram(
    "process",
    { labels: { flow: open }, buckets: ioSeconds },
    "Time to repeat the recorded turns of a run that is continued",
  ),
  millrace_projection_events_total: counter(
    "process",
    { result: ["applied", "known", "set_aside"] },
    "Events that this process has put into projections; known = they were in there already",
  ),
  millrace_projection_store_duration_seconds: histogram(
    "process",
    { labels: {}, buckets: ioSeconds },
    "One step of a projector: a page of the feed is read, folded and stored",
  ),
  millrace_redis_errors_total: counter(
    "process",
    { kind: ["unavailable", "read_only", "out_of_memory", "other"] },
    "Errors of Redis, as this process saw them",
  ),
  millrace_build_info: gauge(
    "process",
    { version: open, component: ["worker", "exporter", "server"] },
    "Always 1: which version this process runs, and what it is",
  ),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metricCatalog;

/** The label names of a metric. */
export type LabelOf<Name extends MetricName> = Extract<keyof (typeof metricCatalog)[Name]["labels"], string>;
