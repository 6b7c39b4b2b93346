import type { RunMetrics } from "../projections/run-metrics-document.ts";
import { addTally } from "../projections/tally.ts";
import { type LimitedMetrics, otherName, sumOfRest } from "./limit-series.ts";
import { type Metric, type MetricName, metricCatalog } from "./metric-catalog.ts";
import {
  closedSamples,
  closedValues,
  type Family,
  histogramSamples,
  type Sample,
  toFamily,
} from "./metric-family.ts";

const ms = 1_000; // in seconds

/** The metrics that are folded from the log, of one namespace. */
export function projectedFamilies(namespace: string, limited: LimitedMetrics): readonly Family[] {
  const { flows, tasks } = limited;
  return [
    ...flowFamilies(namespace, withRest(flows.own, flows.rest)),
    ...taskFamilies(namespace, withRest(tasks.own, tasks.rest)),
    queueFamily(namespace, limited.queues),
    eventsFamily(namespace, [...flows.own, ...flows.rest, ...tasks.own, ...tasks.rest]),
    overflowFamily(limited),
  ];
}

function withRest(own: readonly RunMetrics[], rest: readonly RunMetrics[]): readonly RunMetrics[] {
  const sum = sumOfRest(rest);
  return sum === null ? own : [...own, sum];
}

function flowFamilies(namespace: string, flows: readonly RunMetrics[]): readonly Family[] {
  const labelled = flows.map((of) => ({ of, shared: { namespace, flow: of.flow } }));
  const each = (name: MetricName, toSamples: (of: RunMetrics, shared: Shared) => readonly Sample[]): Family =>
    toFamily(
      name,
      labelled.flatMap(({ of, shared }) => toSamples(of, shared)),
    );
  return [
    each("millrace_runs_started_total", ({ started: counts }, shared) =>
      closedSamples("millrace_runs_started_total", "trigger", { shared, counts }),
    ),
    each("millrace_runs_finished_total", ({ finished: counts }, shared) =>
      closedSamples("millrace_runs_finished_total", "state", { shared, counts }),
    ),
    each("millrace_run_duration_seconds", ({ durations }, { namespace, flow }) =>
      closedValues("millrace_run_duration_seconds", "state").flatMap((state) => {
        const shared = { namespace, flow, state };
        const tally = durations.get(state) ?? [];
        return histogramSamples("millrace_run_duration_seconds", { shared, tally, unit: ms });
      }),
    ),
    each("millrace_run_start_delay_seconds", ({ startDelay: tally }, shared) =>
      histogramSamples("millrace_run_start_delay_seconds", { shared, tally, unit: ms }),
    ),
    each("millrace_run_history_events", ({ history: tally }, shared) =>
      histogramSamples("millrace_run_history_events", { shared, tally, unit: 1 }),
    ),
    each("millrace_owners_lost_total", ({ ownersLost: value }, shared) => [one(shared, value)]),
    each("millrace_replay_nondeterminism_total", ({ blocked: value }, shared) => [one(shared, value)]),
    each("millrace_run_retries_total", ({ runRetries: counts }, shared) =>
      closedSamples("millrace_run_retries_total", "reason", { shared, counts }),
    ),
    each("millrace_run_cancellations_requested_total", ({ cancelsAsked: value }, shared) => [
      one(shared, value),
    ]),
    each("millrace_child_runs_started_total", ({ childrenStarted: value }, shared) => [one(shared, value)]),
    each("millrace_child_runs_finished_total", ({ children: counts }, shared) =>
      closedSamples("millrace_child_runs_finished_total", "state", { shared, counts }),
    ),
    each("millrace_signals_awaited_total", ({ signalsAwaited: value }, shared) => [one(shared, value)]),
    each("millrace_signals_received_total", ({ signalsReceived: value }, shared) => [one(shared, value)]),
    each("millrace_updates_total", ({ updates: counts }, shared) =>
      closedSamples("millrace_updates_total", "outcome", { shared, counts }),
    ),
  ];
}

type Shared = Readonly<Record<"namespace" | "flow", string>>;

function one(sharedLabels: Readonly<Record<string, string>>, value: number): Sample {
  return { labels: {}, sharedLabels, value };
}

function taskFamilies(namespace: string, tasks: readonly RunMetrics[]): readonly Family[] {
  const labelled = tasks.map((of) => ({ of, shared: { namespace, flow: of.flow, task: of.task ?? "" } }));
  return [
    toFamily(
      "millrace_task_attempts_total",
      labelled.flatMap(({ of, shared }) =>
        closedSamples("millrace_task_attempts_total", "outcome", { shared, counts: of.attempts }),
      ),
    ),
    toFamily(
      "millrace_task_retries_total",
      labelled.flatMap(({ of, shared }) =>
        closedSamples("millrace_task_retries_total", "reason", { shared, counts: of.retries }),
      ),
    ),
    toFamily(
      "millrace_task_shortcuts_total",
      labelled.flatMap(({ of, shared }) =>
        closedSamples("millrace_task_shortcuts_total", "kind", { shared, counts: of.shortcuts }),
      ),
    ),
    toFamily(
      "millrace_task_duration_seconds",
      labelled.flatMap(({ of: { taskDuration: tally, exemplars }, shared }) =>
        histogramSamples("millrace_task_duration_seconds", { shared, tally, exemplars, unit: ms }),
      ),
    ),
  ];
}

function queueFamily(namespace: string, { own, rest }: LimitedMetrics["queues"]): Family {
  const name = "millrace_task_queue_wait_seconds";
  const other: number[] = [];
  for (const { tally } of rest) addTally(other, tally);
  const queues = rest.length === 0 ? own : [...own, { queue: otherName, tally: other }];
  return toFamily(
    name,
    queues.flatMap(({ queue, tally }) =>
      histogramSamples(name, { shared: { namespace, queue }, tally, unit: ms }),
    ),
  );
}

function eventsFamily(namespace: string, documents: readonly RunMetrics[]): Family {
  const counts = new Map<string, number>();
  for (const { events } of documents)
    for (const [type, count] of events) counts.set(type, (counts.get(type) ?? 0) + count);
  const name = "millrace_events_appended_total";
  return toFamily(name, closedSamples(name, "type", { shared: { namespace }, counts }));
}

function overflowFamily({ flows, tasks, queues }: LimitedMetrics): Family {
  const all: readonly (readonly [string, Metric])[] = Object.entries(metricCatalog);
  const samples = all.flatMap(([metric, { where, labels }]) => {
    if (where === "process" || labels["namespace"] === undefined) return [];
    const limited = "task" in labels ? tasks : "flow" in labels ? flows : "queue" in labels ? queues : null;
    return limited === null ? [] : [{ labels: { metric }, value: limited.rest.length }];
  });
  return toFamily("millrace_metrics_overflow_total", samples);
}
