import { line } from "./panels.ts";
import { Queries } from "./queries.ts";

const q = new Queries("flow");

/** What runs wait for besides their tasks, and how they are begun again or given up. */
export const waitPanels = [
  line({
    title: "Signals and updates",
    about: "Waits for signals that began, signals that came, and updates that were answered or refused.",
    unit: "opm",
    empty: "no signal in this window",
    queries: [
      { expr: q.perMinute("millrace_signals_awaited_total"), legend: "awaited" },
      { expr: q.perMinute("millrace_signals_received_total"), legend: "received" },
      { expr: q.perMinute("millrace_updates_total", { by: ["outcome"] }), legend: "update {{outcome}}" },
    ],
    size: [8, 7],
  }),
  line({
    title: "Child runs",
    about: "Runs that runs of these flows called, and how those ended that they waited for.",
    unit: "opm",
    empty: "no child run in this window",
    queries: [
      { expr: q.perMinute("millrace_child_runs_started_total"), legend: "started" },
      { expr: q.perMinute("millrace_child_runs_finished_total", { by: ["state"] }), legend: "{{state}}" },
    ],
    colors: { started: "blue", completed: "green", failed: "red", cancelled: "text", crashed: "purple" },
    size: [8, 7],
  }),
  line({
    title: "Begun again and cancelled",
    about:
      "Attempts of flows that followed another one, by their policy (error) or because somebody asked for it (reopened); " +
      "and requests to cancel a run.",
    unit: "opm",
    empty: "nothing in this window",
    queries: [
      { expr: q.perMinute("millrace_run_retries_total", { by: ["reason"] }), legend: "{{reason}}" },
      { expr: q.perMinute("millrace_run_cancellations_requested_total"), legend: "cancellation requested" },
    ],
    size: [8, 7],
  }),
];
