import { waitPanels } from "./flow-waits.ts";
import { frame } from "./frame.ts";
import { line, spread } from "./panels.ts";
import { Queries } from "./queries.ts";
import { grid } from "./tables.ts";

const q = new Queries("flow");
const hour = { window: "1h" } as const;
const quantiles = [0.5, 0.95, 0.99] as const;
const eachTask = { ...hour, by: ["flow", "task"] } as const;
const attempts = q.increase("millrace_task_attempts_total", eachTask);

const outcomes = { ok: "green", cached: "blue", error: "red", timeout: "orange", crashed: "purple" };

const runs = [
  line({
    title: "Started and ended",
    about: "Started runs as a line; ended runs by final state. Started above ended for long: runs pile up.",
    unit: "opm",
    empty: "no run in this window",
    queries: [
      { expr: q.perMinute("millrace_runs_started_total"), legend: "started" },
      { expr: q.perMinute("millrace_runs_finished_total", { by: ["state"] }), legend: "{{state}}" },
    ],
    colors: {
      started: "blue",
      completed: "green",
      failed: "red",
      timed_out: "orange",
      cancelled: "text",
      crashed: "purple",
    },
    size: [8, 8],
  }),
  line({
    title: "Open runs",
    about:
      "Runs that have not ended. Waiting are those that only a signal lets go on; paused are those that wait for a person, " +
      "and those that are blocked because their code no longer fits their history.",
    unit: "short",
    empty: "no run is open",
    queries: [{ expr: q.sum("millrace_runs_active", { by: ["state"] }), legend: "{{state}}" }],
    stacked: true,
    colors: {
      scheduled: "text",
      running: "blue",
      waiting: "super-light-blue",
      paused: "orange",
      cancelling: "purple",
    },
    size: [8, 8],
  }),
  line({
    title: "Start delay p95",
    about:
      "From the creation of a run to the first call of its function. The dashed line is the objective, 5 s.",
    unit: "s",
    empty: "no run started in this window",
    queries: [
      { expr: q.quantile("millrace_run_start_delay_seconds", { p: 0.95, by: ["flow"] }), legend: "{{flow}}" },
    ],
    limits: ["green", [5, "red"]],
    size: [8, 8],
  }),
  line({
    title: "Run duration",
    about: "From the first call of the flow function to the end of the run, waiting included.",
    unit: "s",
    empty: "no run ended in this window",
    queries: quantiles.map((p) => ({
      expr: q.quantile("millrace_run_duration_seconds", { p }),
      legend: `p${p * 100}`,
    })),
    size: [12, 8],
  }),
  spread({
    title: "Run duration, all runs",
    about:
      "How many runs took how long. Two bands: two sorts of runs, or a dependency that is sometimes slow.",
    unit: "s",
    empty: "no run ended in this window",
    expr: q.buckets("millrace_run_duration_seconds"),
    size: [12, 8],
  }),
  line({
    title: "History p95",
    about:
      "Events of a run when it ended. A long history makes a crash or a wake-up slower; above 2,000 split the flow.",
    unit: "short",
    empty: "no run ended in this window",
    queries: [
      { expr: q.quantile("millrace_run_history_events", { p: 0.95, by: ["flow"] }), legend: "{{flow}}" },
    ],
    limits: ["green", [2_000, "red"]],
    size: [8, 7],
  }),
  line({
    title: "Replay p95",
    about: "Time to repeat the recorded turns of a run that another worker continues, or that was parked.",
    unit: "s",
    empty: "no run was continued in this window",
    queries: [
      { expr: q.quantile("millrace_replay_duration_seconds", { p: 0.95, by: ["flow"] }), legend: "{{flow}}" },
    ],
    size: [8, 7],
  }),
  line({
    title: "Lost owners and blocked runs",
    about:
      "Runs whose worker died while it held them (they go on elsewhere), and runs that were blocked because their code changed.",
    unit: "opm",
    empty: "nothing in this window",
    queries: [
      { expr: q.perMinute("millrace_owners_lost_total", { by: ["flow"] }), legend: "owner lost: {{flow}}" },
      {
        expr: q.perMinute("millrace_replay_nondeterminism_total", { by: ["flow"] }),
        legend: "blocked: {{flow}}",
      },
    ],
    size: [8, 7],
  }),
];

const tasks = [
  line({
    title: "Task duration p95",
    about:
      "From the beginning of an attempt to its end. The dots are single attempts, with the ids of run and trace.",
    unit: "s",
    empty: "no attempt ended in this window",
    queries: [
      { expr: q.quantile("millrace_task_duration_seconds", { p: 0.95, by: ["task"] }), legend: "{{task}}" },
    ],
    hasExemplars: true,
    size: [8, 8],
  }),
  line({
    title: "Attempts by outcome",
    about: "Attempts of tasks that ended: ok, by a shared result, an error, a timeout, or the worker died.",
    unit: "opm",
    empty: "no attempt ended in this window",
    queries: [
      { expr: q.perMinute("millrace_task_attempts_total", { by: ["outcome"] }), legend: "{{outcome}}" },
    ],
    stacked: true,
    colors: outcomes,
    size: [8, 8],
  }),
  line({
    title: "Retries",
    about: "Attempts that were followed by another one, by task and reason.",
    unit: "opm",
    empty: "no retry in this window",
    queries: [
      {
        expr: `${q.perMinute("millrace_task_retries_total", { by: ["task", "reason"] })} > 0`,
        legend: "{{task}}: {{reason}}",
      },
    ],
    stacked: true,
    size: [8, 8],
  }),
  line({
    title: "Calls without an attempt",
    about:
      "Calls of tasks that had their result from an earlier attempt of the flow, or that the flow gave up.",
    unit: "opm",
    empty: "none in this window",
    queries: [{ expr: q.perMinute("millrace_task_shortcuts_total", { by: ["kind"] }), legend: "{{kind}}" }],
    stacked: true,
    size: [24, 6],
  }),
  grid({
    title: "Tasks, last hour",
    about: "Attempts of each task, how many of them did not succeed, and how long they took.",
    unit: "short",
    empty: "no attempt ended in the last hour",
    rows: ["flow", "task"],
    columns: [
      { title: "Attempts", unit: "short", expr: attempts },
      {
        title: "Not ok",
        unit: "percentunit",
        redFrom: 0.2,
        expr: `${q.increase("millrace_task_attempts_total", { ...eachTask, where: { outcome: '!~"ok|cached"' } })} / (${attempts} > 0)`,
      },
      {
        title: "Duration p95",
        unit: "s",
        expr: q.quantile("millrace_task_duration_seconds", { ...eachTask, p: 0.95 }),
      },
    ],
    sortBy: "Not ok",
    size: [24, 8],
  }),
];

/** For those who write flows: how their runs and tasks do. */
export const flowBoard = frame({
  uid: "millrace-flow",
  title: "Millrace / Flow",
  about: "How the runs and tasks of chosen flows do: for those who write them.",
  hasFlows: true,
  rows: [
    { title: "Runs", panels: runs },
    { title: "Waits, children, attempts", panels: waitPanels },
    { title: "Tasks", panels: tasks },
  ],
});
