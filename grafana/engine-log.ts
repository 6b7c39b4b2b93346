import { line } from "./panels.ts";
import { Queries } from "./queries.ts";

const q = new Queries("namespace");
const memory = (kind: string): string =>
  q.max("millrace_redis_memory_bytes", { where: { kind: `="${kind}"` } });

/** The log and the Redis that holds it. */
export const logPanels = [
  line({
    title: "Events appended",
    about: "Events written to the log, by type.",
    unit: "ops",
    empty: "nothing was written in this window",
    queries: [
      { expr: `${q.rate("millrace_events_appended_total", { by: ["type"] })} > 0`, legend: "{{type}}" },
    ],
    stacked: true,
    size: [12, 8],
  }),
  line({
    title: "Commit duration",
    about:
      "Round trip of the commit script, as the processes see it. Slow: Redis, the network, or a busy event loop.",
    unit: "s",
    empty: "nothing was written in this window",
    queries: [0.5, 0.99].map((p) => ({
      expr: q.quantile("millrace_event_append_duration_seconds", { p }),
      legend: `p${p * 100}`,
    })),
    size: [6, 8],
  }),
  line({
    title: "Refused commits",
    about:
      "Commits of a process that no longer owned the run. Single ones are normal after a worker was lost.",
    unit: "ops",
    empty: "no process answers",
    queries: [{ expr: q.rate("millrace_event_append_conflicts_total"), legend: "refused" }],
    size: [6, 8],
  }),
  line({
    title: "Feed entries",
    about: "Entries that the feeds of the shards hold. They are trimmed behind the slowest projection.",
    unit: "short",
    empty: "no exporter answers",
    queries: [{ expr: q.sum("millrace_feed_entries", { by: ["namespace"] }), legend: "{{namespace}}" }],
    size: [6, 7],
  }),
  line({
    title: "Memory of Redis",
    about: "What Redis uses, and its limit when it has one. At the limit nothing can be written.",
    unit: "bytes",
    empty: "no exporter answers",
    queries: [
      { expr: memory("used"), legend: "used" },
      { expr: memory("max"), legend: "limit" },
    ],
    colors: { limit: "red" },
    size: [6, 7],
  }),
  line({
    title: "Errors of Redis",
    about: "As the processes saw them. out_of_memory and read_only need a person.",
    unit: "ops",
    empty: "no error in this window",
    queries: [{ expr: q.rate("millrace_redis_errors_total", { by: ["kind"] }), legend: "{{kind}}" }],
    size: [6, 7],
  }),
  line({
    title: "Blocked runs",
    about:
      "How often within 5 minutes a run was blocked because its code no longer did what its history says.",
    unit: "short",
    empty: "no run yet",
    queries: [
      {
        expr: q.increase("millrace_replay_nondeterminism_total", { by: ["flow"], window: "5m" }),
        legend: "{{flow}}",
      },
    ],
    size: [6, 7],
  }),
];

/** What is folded from the log. */
export const projectionPanels = [
  line({
    title: "Projection lag in entries",
    about: "Entries of the feeds that no projection has seen yet.",
    unit: "short",
    empty: "no exporter answers",
    queries: [
      { expr: q.sum("millrace_projection_lag_events", { by: ["namespace"] }), legend: "{{namespace}}" },
    ],
    size: [6, 7],
  }),
  line({
    title: "Projection throughput",
    about:
      "Events that processes have put into projections. Known ones were there already: two processes took turns.",
    unit: "ops",
    empty: "nothing was projected in this window",
    queries: [{ expr: q.rate("millrace_projection_events_total", { by: ["result"] }), legend: "{{result}}" }],
    stacked: true,
    colors: { applied: "green", known: "text", set_aside: "red" },
    size: [6, 7],
  }),
  line({
    title: "Projection store duration",
    about: "Round trip of the script that stores documents of projections.",
    unit: "s",
    empty: "nothing was projected in this window",
    queries: [0.5, 0.95].map((p) => ({
      expr: q.quantile("millrace_projection_store_duration_seconds", { p }),
      legend: `p${p * 100}`,
    })),
    size: [6, 7],
  }),
  line({
    title: "Set aside",
    about:
      "Runs that projections have set aside because an event cannot be folded. Anything above 0 needs a person.",
    unit: "short",
    empty: "no exporter answers",
    queries: [
      { expr: q.sum("millrace_projection_set_aside", { by: ["namespace"] }), legend: "{{namespace}}" },
    ],
    limits: ["green", [1, "red"]],
    size: [6, 7],
  }),
];
