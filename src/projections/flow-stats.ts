import { type ChangeBy, type Projection, projection } from "./define.ts";
import { addHistogram, countDuration, type DurationHistogram } from "./duration-histogram.ts";
import { durationBetween, earlier, later } from "./instants.ts";
import type { StateType } from "./run-summary.ts";

/** A run that has ended. */
export interface EndedRun {
  readonly run: string;
  readonly name: string;
  readonly state: StateType;
  readonly stateName: string;
  readonly startedAt: number | null; // epoch ms; null = its code was never called
  readonly endedAt: number;
}

/** What became of the runs of one flow. Instants are epoch ms. */
export interface FlowStats {
  flow: string;
  created: number; // runs; with those that were reopened, and without the ends below, they are open
  reopened: number; // times that a run which had ended began another attempt
  started: number; // runs whose code was called
  completed: number;
  failed: number; // in a failed state of any name but TimedOut
  timedOut: number;
  cancelled: number;
  crashed: number;
  retried: number; // attempts of the flow that failed and were followed by another one
  cancelsAsked: number; // times that somebody wanted a run to end
  children: number; // runs that its runs called
  durations: DurationHistogram; // of runs that were started and have ended
  durationSumMs: number; // of the same
  longestMs: number; // of the same; 0 = there is none
  recent: EndedRun[]; // the last ends, newest first; a run that was reopened may have several
  firstAt: number | null; // when the first run was created; null = not known
  lastAt: number | null; // when a run was last created, started or ended
}

const maxRecent = 20;

export const flowStats: Projection<FlowStats> = projection<FlowStats>()({
  name: "flow-stats",
  version: 2,
  about: "How many runs of a flow there were, how they ended, how long they took, and which ended last.",
  events: [
    "RunCreated",
    "RunStarted",
    "RunCompleted",
    "RunFailed",
    "RunCancelled",
    "RunCrashed",
    "RunAttemptFailed",
    "RunReopened",
    "RunCancelRequested",
    "ChildScheduled",
  ],
  idOf: ({ run }) => (run.flow === "" ? null : run.flow),
  initial: () => ({
    flow: "",
    created: 0,
    reopened: 0,
    started: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    cancelled: 0,
    crashed: 0,
    retried: 0,
    cancelsAsked: 0,
    children: 0,
    durations: new Map(),
    durationSumMs: 0,
    longestMs: 0,
    recent: [],
    firstAt: null,
    lastAt: null,
  }),
  when: {
    RunCreated: (doc, change) => {
      see(doc, change);
      doc.created += 1;
      doc.firstAt = earlier(doc.firstAt, change.event.recordedAt);
    },
    RunStarted: (doc, change) => {
      see(doc, change);
      doc.started += 1;
    },
    RunCompleted: (doc, change) => {
      end(doc, change);
      doc.completed += 1;
    },
    RunFailed: (doc, change) => {
      end(doc, change);
      if (change.event.data.name === "TimedOut") doc.timedOut += 1;
      else doc.failed += 1;
    },
    RunCancelled: (doc, change) => {
      end(doc, change);
      doc.cancelled += 1;
    },
    RunCrashed: (doc, change) => {
      end(doc, change);
      doc.crashed += 1;
    },
    RunAttemptFailed: (doc) => {
      doc.retried += 1;
    },
    RunReopened: (doc) => {
      doc.reopened += 1;
    },
    RunCancelRequested: (doc) => {
      doc.cancelsAsked += 1;
    },
    ChildScheduled: (doc) => {
      doc.children += 1;
    },
  },
});

/** The statistics of one flow from those of each shard; leaves `docs` as they are. */
export function mergeFlowStats(docs: readonly Readonly<FlowStats>[]): FlowStats {
  const sum = flowStats.initial();
  for (const doc of docs) {
    sum.flow = doc.flow;
    for (const count of counts) sum[count] += doc[count];
    addHistogram(sum.durations, doc.durations);
    sum.longestMs = Math.max(sum.longestMs, doc.longestMs);
    sum.firstAt = earlier(sum.firstAt, doc.firstAt);
    sum.lastAt = later(sum.lastAt, doc.lastAt);
  }
  sum.recent = docs
    .flatMap(({ recent }) => recent)
    .toSorted(byEnd)
    .slice(0, maxRecent);
  return sum;
}

const counts = [
  "created",
  "reopened",
  "started",
  "completed",
  "failed",
  "timedOut",
  "cancelled",
  "crashed",
  "retried",
  "cancelsAsked",
  "children",
  "durationSumMs",
] as const satisfies readonly (keyof FlowStats)[];

type Seen = ChangeBy<
  "RunCreated" | "RunStarted" | "RunCompleted" | "RunFailed" | "RunCancelled" | "RunCrashed"
>;

function see(doc: FlowStats, { run, event }: Seen): void {
  doc.flow = run.flow;
  doc.lastAt = later(doc.lastAt, event.recordedAt);
}

function end(doc: FlowStats, change: Seen): void {
  see(doc, change);
  const { run, name, state, stateName, startedAt } = change.run;
  const endedAt = change.event.recordedAt;
  remember(doc.recent, { run, name, state, stateName, startedAt, endedAt });
  if (startedAt === null) return;
  const durationMs = durationBetween(startedAt, endedAt);
  countDuration(doc.durations, durationMs);
  doc.durationSumMs += durationMs;
  doc.longestMs = Math.max(doc.longestMs, durationMs);
}

/** Newest first. A total order, so that it does not matter which of two runs was folded first. */
function byEnd(one: EndedRun, other: EndedRun): number {
  if (one.run === other.run) return other.endedAt - one.endedAt;
  return other.endedAt - one.endedAt || (one.run < other.run ? 1 : -1);
}

function remember(recent: EndedRun[], ended: EndedRun): void {
  const older = recent.findIndex((other) => byEnd(ended, other) < 0);
  recent.splice(older < 0 ? recent.length : older, 0, ended);
  if (recent.length > maxRecent) recent.pop();
}
