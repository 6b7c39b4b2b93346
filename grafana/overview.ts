import { frame } from "./frame.ts";
import { healthPanels } from "./overview-health.ts";
import { line, spread } from "./panels.ts";
import { Queries } from "./queries.ts";
import { grid } from "./tables.ts";

const q = new Queries("namespace");
const hour = { window: "1h" } as const;
const failed = '=~"failed|timed_out|crashed"';

const failureRatio =
  `${q.rate("millrace_runs_finished_total", { by: ["flow"], where: { state: failed } })} / ` +
  `(${q.rate("millrace_runs_finished_total", { by: ["flow"] })} > 0)`;

/** Colours that mean the same on every panel. */
const outcomes = {
  completed: "green",
  failed: "red",
  timed_out: "orange",
  cancelled: "text",
  crashed: "purple",
};

const traffic = [
  line({
    title: "Runs started",
    about: "Runs whose flow function was called for the first time, by what made the run.",
    unit: "opm",
    empty: "no run started in this window",
    queries: [
      { expr: q.perMinute("millrace_runs_started_total", { by: ["trigger"] }), legend: "{{trigger}}" },
    ],
    stacked: true,
    size: [8, 8],
  }),
  line({
    title: "Runs finished",
    about: "Runs that ended, by final state.",
    unit: "opm",
    empty: "no run ended in this window",
    queries: [{ expr: q.perMinute("millrace_runs_finished_total", { by: ["state"] }), legend: "{{state}}" }],
    stacked: true,
    colors: outcomes,
    size: [8, 8],
  }),
  line({
    title: "Failure ratio, worst 10 flows",
    about: "Runs that failed, timed out or crashed, among all runs of the flow that ended.",
    unit: "percentunit",
    empty: "no run ended in this window",
    queries: [{ expr: `topk(10, ${failureRatio})`, legend: "{{flow}}" }],
    max: 1,
    limits: ["green", [0.2, "red"]],
    size: [8, 8],
  }),
  line({
    title: "Start delay",
    about:
      "From the creation of a run to the first call of its function. The objective is 99 % within 5 s, the dashed line.",
    unit: "s",
    empty: "no run started in this window",
    queries: [0.5, 0.95, 0.99].map((p) => ({
      expr: q.quantile("millrace_run_start_delay_seconds", { p }),
      legend: `p${p * 100}`,
    })),
    limits: ["green", [5, "red"]],
    size: [12, 8],
  }),
  spread({
    title: "Start delay, all starts",
    about: "How many runs started with which delay. A second band above the first: some flow or queue waits.",
    unit: "s",
    empty: "no run started in this window",
    expr: q.buckets("millrace_run_start_delay_seconds"),
    size: [12, 8],
  }),
];

const saturation = [
  line({
    title: "Waiting jobs",
    about: "Jobs that no worker has taken, by queue. Rising for minutes: add workers to that queue.",
    unit: "short",
    empty: "no queue yet",
    queries: [
      {
        expr: q.sum("millrace_queue_jobs", { by: ["queue"], where: { state: '="waiting"' } }),
        legend: "{{queue}}",
      },
    ],
    size: [6, 8],
  }),
  line({
    title: "Queue wait p95",
    about: "From the time when an attempt of a queued task could begin until a worker began it.",
    unit: "s",
    empty: "no queued task began in this window",
    queries: [
      {
        expr: q.quantile("millrace_task_queue_wait_seconds", { p: 0.95, by: ["queue"] }),
        legend: "{{queue}}",
      },
    ],
    size: [6, 8],
  }),
  line({
    title: "Places used",
    about: "Used places of all workers, for runs at work and for attempts of tasks. Near 100 % work waits.",
    unit: "percentunit",
    empty: "no worker answers",
    queries: [{ expr: "kind:millrace_worker_slots:utilisation", legend: "{{kind}}" }],
    max: 1,
    limits: ["green", [0.95, "red"]],
    size: [6, 8],
  }),
  line({
    title: "Projection lag",
    about: "Age of the first commit that projections have not seen, by namespace.",
    unit: "s",
    empty: "no exporter answers",
    queries: [
      { expr: q.max("millrace_projection_lag_seconds", { by: ["namespace"] }), legend: "{{namespace}}" },
    ],
    limits: ["green", [10, "red"]],
    size: [6, 8],
  }),
  grid({
    title: "Flows, worst first",
    about: "The last hour by flow. A click on a flow opens its dashboard.",
    unit: "short",
    empty: "no run ended in the last hour",
    rows: ["namespace", "flow"],
    columns: [
      {
        title: "Ended",
        unit: "short",
        expr: q.increase("millrace_runs_finished_total", { ...hour, by: ["namespace", "flow"] }),
      },
      {
        title: "Failed",
        unit: "short",
        redFrom: 1,
        expr: q.increase("millrace_runs_finished_total", {
          ...hour,
          by: ["namespace", "flow"],
          where: { state: failed },
        }),
      },
      {
        title: "Duration p95",
        unit: "s",
        expr: q.quantile("millrace_run_duration_seconds", { ...hour, p: 0.95, by: ["namespace", "flow"] }),
      },
      {
        title: "Blocked or paused",
        unit: "short",
        redFrom: 1,
        expr: q.sum("millrace_runs_active", { by: ["namespace", "flow"], where: { state: '="paused"' } }),
      },
    ],
    sortBy: "Failed",
    link: {
      title: "Open the flow",
      on: "flow",
      url: "/d/millrace-flow?var-flow=${__value.raw}&var-namespace=${__data.fields.namespace}&${__url_time_range}",
    },
    size: [24, 8],
  }),
];

/** For whoever is on call: is Millrace well, and if not, where to look. */
export const overview = frame({
  uid: "millrace-overview",
  title: "Millrace / Overview",
  about: "Is Millrace well? Objectives first, then traffic, then what is close to its limit.",
  hasFlows: false,
  rows: [
    { title: "Are we well?", panels: healthPanels },
    { title: "Traffic", panels: traffic },
    { title: "Saturation and freshness", panels: saturation },
  ],
});
