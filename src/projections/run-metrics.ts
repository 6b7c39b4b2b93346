import { catalog } from "../events/catalog.ts";
import { type ChangeBy, projection } from "./define.ts";
import {
  type attemptOutcomes,
  type childStates,
  durationEdgesMs,
  type finalStates,
  historyEdges,
  type retryReasons,
  type runRetryReasons,
  type taskShortcuts,
  type updateOutcomes,
  waitEdgesMs,
} from "./metric-buckets.ts";
import { type Exemplar, newRunMetrics, type RunMetrics } from "./run-metrics-document.ts";
import type { Change } from "./run-summary.ts";
import { bucketOf, countIn, tallyIn, tallyOf } from "./tally.ts";

type FinalWord = (typeof finalStates)[number];
type Outcome = (typeof attemptOutcomes)[number];
type Reason = (typeof retryReasons)[number];

/** Counters and histograms: a document for each flow, and one for each task of each flow. */
export const runMetrics = projection<RunMetrics>()({
  name: "run-metrics",
  version: 4,
  about:
    "What Prometheus counts of runs and tasks: starts, ends, attempts, durations, waits, events by type.",
  events: catalog.map(({ type }) => type),
  idOf: (change) => idOf(change.run.flow, taskOf(change)),
  initial: newRunMetrics,
  when: {
    RunCreated: (doc, change) => {
      note(doc, change);
      countIn(doc.queues, change.run.queue);
    },
    RunStarted: (doc, change) => {
      note(doc, change);
      countIn(doc.started, change.run.trigger);
      tallyIn(doc.startDelay, waitEdgesMs, span(change.run.createdAt, change));
    },
    RunCompleted: (doc, change) => end(doc, change, "completed"),
    RunFailed: (doc, change) =>
      end(doc, change, change.event.data.name === "TimedOut" ? "timed_out" : "failed"),
    RunCancelled: (doc, change) => end(doc, change, "cancelled"),
    RunCrashed: (doc, change) => end(doc, change, "crashed"),
    RunBlocked: (doc, change) => {
      note(doc, change);
      doc.blocked += 1;
    },
    OwnerLost: (doc, change) => {
      note(doc, change);
      doc.ownersLost += 1;
    },
    TaskScheduled: (doc, change) => {
      note(doc, change);
      const { queue } = change.event.data;
      if (queue !== null) countIn(doc.queues, queue);
    },
    TaskStarted: (doc, change) => {
      note(doc, change);
      const { task } = change;
      if (task === null || task.queue === null) return;
      tallyIn(tallyOf(doc.waits, task.queue), waitEdgesMs, span(task.readyAt, change));
    },
    TaskCompleted: (doc, change) => endAttempt(doc, change, "ok"),
    TaskFailed: (doc, change) => endAttempt(doc, change, outcomeOf(change)),
    TaskAttemptFailed: (doc, change) => {
      const isTimeout = change.event.data.error.code === "TASK_TIMED_OUT";
      endAttempt(doc, change, isTimeout ? "timeout" : "error");
      retry(doc, change, "error");
    },
    TaskCrashed: (doc, change) => {
      endAttempt(doc, change, "crashed");
      retry(doc, change, "crashed");
    },
    RunUnblocked: note,
    TurnTaken: note,
    TimerStarted: note,
    TimerFired: note,
    RunCancelRequested: (doc, change) => {
      note(doc, change);
      doc.cancelsAsked += 1;
    },
    RunAttemptFailed: (doc, change) => retryRun(doc, change, "error"),
    RunReopened: (doc, change) => retryRun(doc, change, "reopened"),
    RunContinued: note,
    RunForked: note,
    RunPostponed: note,
    RunPaused: note,
    RunResumed: note,
    TaskReused: (doc, change) => {
      note(doc, change);
      if (change.task !== null) countIn(doc.attempts, "cached" satisfies Outcome); // none was made
    },
    SignalAwaited: (doc, change) => {
      note(doc, change);
      doc.signalsAwaited += 1;
    },
    SignalReceived: (doc, change) => {
      note(doc, change);
      doc.signalsReceived += 1;
    },
    UpdateRequested: note,
    UpdateAnswered: (doc, change) => {
      note(doc, change);
      const outcome: (typeof updateOutcomes)[number] =
        change.event.data.error === null ? "answered" : "refused";
      countIn(doc.updates, outcome);
    },
    ChildScheduled: (doc, change) => {
      note(doc, change);
      doc.childrenStarted += 1;
    },
    ChildEnded: (doc, change) => {
      note(doc, change);
      countIn(doc.children, childWords[change.event.data.state]);
    },
    CallCancelled: (doc, change) => cutShort(doc, change, "cancelled"),
    CallReused: (doc, change) => cutShort(doc, change, "reused"),
    PatchMarked: note,
  },
});

const childWords = {
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
  CRASHED: "crashed",
} as const satisfies Record<string, (typeof childStates)[number]>;

function retryRun(doc: RunMetrics, change: Change, reason: (typeof runRetryReasons)[number]): void {
  note(doc, change);
  countIn(doc.runRetries, reason);
}

/** Of a task; calls of other kinds are only noted. */
function cutShort(doc: RunMetrics, change: Change, how: (typeof taskShortcuts)[number]): void {
  note(doc, change);
  if (change.task !== null) countIn(doc.shortcuts, how);
}

/** The document's id; a list as JSON, since names may hold any character. */
function idOf(flow: string, task: string | null): string {
  return JSON.stringify(task === null ? [flow] : [flow, task]);
}

/** The task that an event is about; null = none, or one that has ended before: such an event says nothing new. */
function taskOf({ event, task }: Change): string | null {
  return event.type === "TaskScheduled" ? event.data.name : (task?.name ?? null);
}

function note(doc: RunMetrics, change: Change): void {
  const { recordedAt, type } = change.event;
  if (doc.firstSeen === 0) {
    doc.flow = change.run.flow;
    doc.task = taskOf(change);
  }
  if (doc.firstSeen === 0 || recordedAt < doc.firstSeen) doc.firstSeen = recordedAt;
  countIn(doc.events, type);
}

/** The clock of the log may step back when Redis moves to another machine. */
function span(sinceAt: number, { event }: Change): number {
  return Math.max(0, event.recordedAt - sinceAt);
}

function end(doc: RunMetrics, change: Change, state: FinalWord): void {
  note(doc, change);
  const { startedAt, position } = change.run;
  countIn(doc.finished, state);
  tallyIn(doc.history, historyEdges, position);
  if (startedAt !== null) tallyIn(tallyOf(doc.durations, state), durationEdgesMs, span(startedAt, change));
}

function outcomeOf({ event }: ChangeBy<"TaskFailed">): Outcome {
  if (event.data.name === "Crashed") return "crashed";
  return event.data.name === "TimedOut" ? "timeout" : "error";
}

function endAttempt(doc: RunMetrics, change: Change, outcome: Outcome): void {
  note(doc, change);
  const { task } = change;
  if (task === null) return;
  countIn(doc.attempts, outcome);
  if (outcome === "crashed" || task.startedAt === null) return; // nobody saw when it ended
  const ms = span(task.startedAt, change);
  tallyIn(doc.taskDuration, durationEdgesMs, ms);
  exemplify(doc.exemplars, ms, change);
}

function retry(doc: RunMetrics, { task }: Change, reason: Reason): void {
  if (task !== null) countIn(doc.retries, reason);
}

function exemplify(exemplars: (Exemplar | null)[], ms: number, { event, run }: Change): void {
  while (exemplars.length <= durationEdgesMs.length) exemplars.push(null);
  const at = bucketOf(ms, durationEdgesMs);
  const next: Exemplar = [ms, event.recordedAt, run.run, traceOf(run.traceparent)];
  exemplars[at] = newer(exemplars[at] ?? null, next);
}

/** The one that ended later; of the same time, that of the greater run; of the same run, the second. */
export function newer(one: Exemplar | null, other: Exemplar | null): Exemplar | null {
  if (one === null || other === null) return one ?? other;
  if (one[1] !== other[1]) return one[1] > other[1] ? one : other;
  return one[2] > other[2] ? one : other;
}

/** The trace's id in a W3C traceparent; null = there is none. */
function traceOf(traceparent: string | null): string | null {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? "")?.[1] ?? null;
}
