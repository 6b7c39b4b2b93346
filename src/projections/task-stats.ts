import { type ChangeBy, type Projection, projection } from "./define.ts";
import { addHistogram, countDuration, type DurationHistogram } from "./duration-histogram.ts";
import { durationBetween, earlier, later } from "./instants.ts";

/** What became of the calls of one task in one flow. Instants are epoch ms. */
export interface TaskStats {
  flow: string;
  task: string;
  calls: number; // those that are in none of the next counts are open, or were left behind by their run
  completed: number;
  failed: number; // for good, in a state of any name but these two
  timedOut: number;
  crashed: number;
  cached: number; // a shared result stood for it
  reused: number; // an earlier attempt of the flow was given the result
  cancelled: number; // the flow did not wait for it any more
  attempts: number; // that have ended: returned, threw or died
  retries: number; // of them, those that another one followed
  durations: DurationHistogram; // of the last attempt of calls that completed or failed
  durationSumMs: number; // of the same
  longestMs: number; // of the same; 0 = there is none
  firstAt: number | null; // when it was first called; null = not known
  lastAt: number | null; // when an attempt of it last began or ended, or it was called
}

/** The id of its document; a name has no slash. */
export function taskStatsId(flow: string, task: string): string {
  return `${flow}/${task}`;
}

export const taskStats: Projection<TaskStats> = projection<TaskStats>()({
  name: "task-stats",
  version: 3,
  about: "How often a flow called a task, how the calls ended, how long they took, and how many attempts.",
  events: [
    "TaskScheduled",
    "TaskStarted",
    "TaskCompleted",
    "TaskFailed",
    "TaskAttemptFailed",
    "TaskCrashed",
    "TaskReused",
    "CallReused",
    "CallCancelled",
  ],
  idOf: ({ run, task, event }) => {
    const name = event.type === "TaskScheduled" ? event.data.name : task?.name;
    return name === undefined ? null : taskStatsId(run.flow, name);
  },
  initial: () => ({
    flow: "",
    task: "",
    calls: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    crashed: 0,
    cached: 0,
    reused: 0,
    cancelled: 0,
    attempts: 0,
    retries: 0,
    durations: new Map(),
    durationSumMs: 0,
    longestMs: 0,
    firstAt: null,
    lastAt: null,
  }),
  when: {
    TaskScheduled: (doc, change) => {
      doc.flow = change.run.flow;
      doc.task = change.event.data.name;
      doc.calls += 1;
      doc.firstAt = earlier(doc.firstAt, change.event.recordedAt);
      see(doc, change);
    },
    TaskStarted: see,
    TaskCompleted: (doc, change) => {
      doc.completed += 1;
      end(doc, change);
    },
    TaskFailed: (doc, change) => {
      const { name } = change.event.data;
      if (name === "TimedOut") doc.timedOut += 1;
      else if (name === "Crashed") doc.crashed += 1;
      else doc.failed += 1;
      end(doc, change);
    },
    TaskAttemptFailed: retry,
    TaskCrashed: retry,
    TaskReused: (doc, change) => {
      doc.cached += 1;
      see(doc, change);
    },
    CallReused: (doc, change) => {
      doc.reused += 1;
      see(doc, change);
    },
    CallCancelled: (doc, change) => {
      doc.cancelled += 1;
      see(doc, change);
    },
  },
});

/** The statistics of one task from those of each shard; leaves `docs` as they are. */
export function mergeTaskStats(docs: readonly Readonly<TaskStats>[]): TaskStats {
  const sum = taskStats.initial();
  for (const doc of docs) {
    sum.flow = doc.flow;
    sum.task = doc.task;
    for (const count of counts) sum[count] += doc[count];
    addHistogram(sum.durations, doc.durations);
    sum.longestMs = Math.max(sum.longestMs, doc.longestMs);
    sum.firstAt = earlier(sum.firstAt, doc.firstAt);
    sum.lastAt = later(sum.lastAt, doc.lastAt);
  }
  return sum;
}

const counts = [
  "calls",
  "completed",
  "failed",
  "timedOut",
  "crashed",
  "cached",
  "reused",
  "cancelled",
  "attempts",
  "retries",
  "durationSumMs",
] as const satisfies readonly (keyof TaskStats)[];

type Ended = ChangeBy<"TaskCompleted" | "TaskFailed">;
type Retried = ChangeBy<"TaskAttemptFailed" | "TaskCrashed">;

type Other = ChangeBy<"TaskScheduled" | "TaskStarted" | "TaskReused" | "CallReused" | "CallCancelled">;

function see(doc: TaskStats, { event }: Ended | Retried | Other): void {
  doc.lastAt = later(doc.lastAt, event.recordedAt);
}

function retry(doc: TaskStats, change: Retried): void {
  doc.attempts += 1;
  doc.retries += 1;
  see(doc, change);
}

function end(doc: TaskStats, change: Ended): void {
  const { task, event } = change;
  doc.attempts += 1;
  see(doc, change);
  if (task === null) return; // it was never called: there is no such history, but a fold is total
  const durationMs = durationBetween(task.startedAt ?? task.readyAt, event.recordedAt);
  countDuration(doc.durations, durationMs);
  doc.durationSumMs += durationMs;
  doc.longestMs = Math.max(doc.longestMs, durationMs);
}
