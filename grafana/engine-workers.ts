import { line } from "./panels.ts";
import { Queries } from "./queries.ts";

const q = new Queries("namespace");
/** A default metric of prom-client, for Millrace's processes only; whatever scrapes them may be called anything. */
const ofOurs = (expr: string): string =>
  `${expr} * on (instance) group_left (component) max by (instance, component) (millrace_build_info)`;
const each = "{{component}} {{instance}}";

/** What waits, and who takes it. */
export const queuePanels = [
  line({
    title: "Jobs by state",
    about: "Jobs in BullMQ. They are hints: what is lost here is made again from the log.",
    unit: "short",
    empty: "no queue yet",
    queries: [{ expr: q.sum("millrace_queue_jobs", { by: ["state"] }), legend: "{{state}}" }],
    stacked: true,
    size: [8, 7],
  }),
  line({
    title: "Oldest waiting job by queue",
    about: "How long the job at the head of each queue has waited.",
    unit: "s",
    empty: "no queue yet",
    queries: [
      { expr: q.max("millrace_queue_oldest_waiting_seconds", { by: ["queue"] }), legend: "{{queue}}" },
    ],
    size: [8, 7],
  }),
  line({
    title: "Places of workers",
    about: "Places for attempts of tasks, and runs at work, over all workers that are scraped.",
    unit: "short",
    empty: "no worker answers",
    queries: [
      {
        expr: q.sum("millrace_worker_slots", { by: ["state"], where: { kind: '="tasks"' } }),
        legend: "tasks {{state}}",
      },
      {
        expr: q.sum("millrace_worker_slots", { where: { kind: '="runs"', state: '="used"' } }),
        legend: "runs",
      },
    ],
    size: [8, 7],
  }),
  line({
    title: "Workers alive",
    about: "Workers whose lease holds, by namespace.",
    unit: "short",
    empty: "no exporter answers",
    queries: [{ expr: q.sum("millrace_workers_alive", { by: ["namespace"] }), legend: "{{namespace}}" }],
    size: [8, 7],
  }),
  line({
    title: "Timers pending",
    about: "Runs that somebody should look after at a known time: sleeps, retries, starts.",
    unit: "short",
    empty: "no exporter answers",
    queries: [{ expr: q.sum("millrace_timers_pending", { by: ["namespace"] }), legend: "{{namespace}}" }],
    size: [8, 7],
  }),
  line({
    title: "Owners lost",
    about: "How often within 5 minutes the worker that owned a run was lost.",
    unit: "short",
    empty: "no run yet",
    queries: [
      {
        expr: q.increase("millrace_owners_lost_total", { by: ["namespace"], window: "5m" }),
        legend: "{{namespace}}",
      },
    ],
    size: [8, 7],
  }),
];

/** The processes themselves. */
export const processPanels = [
  line({
    title: "Event loop lag p99",
    about: "How late callbacks run. Above 100 ms, flow code or a task blocks the process.",
    unit: "s",
    empty: "no process answers",
    queries: [{ expr: ofOurs("nodejs_eventloop_lag_p99_seconds"), legend: each }],
    limits: ["green", [0.1, "red"]],
    size: [6, 7],
  }),
  line({
    title: "CPU",
    about: "Cores in use by each process.",
    unit: "short",
    empty: "no process answers",
    queries: [{ expr: ofOurs("rate(process_cpu_seconds_total[$__rate_interval])"), legend: each }],
    size: [6, 7],
  }),
  line({
    title: "Memory",
    about: "Resident memory of each process.",
    unit: "bytes",
    empty: "no process answers",
    queries: [{ expr: ofOurs("process_resident_memory_bytes"), legend: each }],
    size: [6, 7],
  }),
  line({
    title: "Garbage collection",
    about: "Share of time that each process spends collecting garbage.",
    unit: "percentunit",
    empty: "no process answers",
    queries: [
      {
        expr: ofOurs("sum by (instance) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))"),
        legend: each,
      },
    ],
    size: [6, 7],
  }),
  line({
    title: "Versions",
    about: "Processes by version and component. Two versions for long: a deploy got stuck.",
    unit: "short",
    empty: "no process answers",
    queries: [
      { expr: "count by (version, component) (millrace_build_info)", legend: "{{component}} {{version}}" },
    ],
    stacked: true,
    size: [12, 7],
  }),
  line({
    title: "Label sets left out",
    about: "Label sets that have no series of their own and are summed up under __other__, by metric.",
    unit: "short",
    empty: "none is left out",
    queries: [{ expr: q.max("millrace_metrics_overflow_total", { by: ["metric"] }), legend: "{{metric}}" }],
    size: [12, 7],
  }),
];
