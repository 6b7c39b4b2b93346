import { number } from "./panels.ts";
import { Queries } from "./queries.ts";

const q = new Queries("namespace");
const hour = { window: "1h" } as const;
const finished = q.increase("millrace_runs_finished_total", hour);

const burnRate = number({
  title: "Burn rate",
  about:
    "How fast the error budget of starts is used up: 1 = just as fast as 99 % of starts within 5 s allows over 30 days. " +
    "A page comes at 14.4 within an hour, or at 6 within six hours.",
  unit: "none",
  decimals: 1,
  empty: "no runs in the last hour",
  expr:
    'max(slo:millrace_errors:ratio_rate1h{slo="run-start",namespace=~"$namespace"} / on (slo) group_left () ' +
    'slo:millrace_error_budget:ratio{slo="run-start"})',
  limits: ["green", [1, "orange"], [6, "red"]],
  size: [4, 4],
});

/** Six numbers that say whether somebody has to act. */
export const healthPanels = [
  burnRate,
  number({
    title: "Open runs",
    about: "Runs that have not ended: scheduled, running, waiting for a signal, paused or cancelling.",
    unit: "short",
    empty: "no run yet",
    expr: q.sum("millrace_runs_active"),
    size: [4, 4],
  }),
  number({
    title: "Success, last hour",
    about: "Completed runs among all that ended within the last hour. A flow's own failures count here too.",
    unit: "percentunit",
    decimals: 1,
    empty: "no run ended in the last hour",
    expr: `${q.increase("millrace_runs_finished_total", { ...hour, where: { state: '="completed"' } })} / (${finished} > 0)`,
    limits: ["red", [0.9, "orange"], [0.99, "green"]],
    size: [4, 4],
  }),
  number({
    title: "Oldest waiting job",
    about:
      "How long the job at the head of any queue has waited. Long: too few workers, or none for a queue.",
    unit: "s",
    empty: "no queue yet",
    expr: q.max("millrace_queue_oldest_waiting_seconds"),
    limits: ["green", [5, "orange"], [60, "red"]],
    size: [4, 4],
  }),
  number({
    title: "Freshness",
    about:
      "How far lists, statistics and these metrics are behind the log. Runs themselves do not wait for it.",
    unit: "s",
    empty: "no exporter answers",
    expr: q.max("millrace_projection_lag_seconds"),
    limits: ["green", [2, "orange"], [10, "red"]],
    size: [4, 4],
  }),
  number({
    title: "Workers",
    about: "Workers whose lease holds. Scripts that run flows in their own process are not counted.",
    unit: "short",
    empty: "no exporter answers",
    expr: q.sum("millrace_workers_alive"),
    limits: ["red", [1, "green"]],
    size: [4, 4],
  }),
];
