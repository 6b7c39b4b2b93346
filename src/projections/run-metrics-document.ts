import type { Tally } from "./tally.ts";

/** An attempt that stands for its bucket: how long it took, when it ended, and where to look. */
export type Exemplar = readonly [ms: number, at: number, run: string, trace: string | null];

/**
 * What is counted of a flow, or of one task of a flow; every event is counted in one of them. Integers only, so that the
 * sum over shards and over any order of runs is the same.
 */
export interface RunMetrics {
  flow: string;
  task: string | null; // null = this is about the flow itself
  firstSeen: number; // epoch ms of its first event; 0 = none
  events: Map<string, number>; // by type
  queues: Map<string, number>; // where runs, or attempts, were sent to
  started: Map<string, number>; // runs, by trigger
  finished: Map<string, number>; // runs, by final state
  durations: Map<string, Tally>; // ms of runs, by final state
  startDelay: Tally; // ms
  history: Tally; // events
  ownersLost: number;
  blocked: number;
  runRetries: Map<string, number>; // attempts of the flow that followed another one, by reason
  cancelsAsked: number; // times that somebody wanted a run to end
  childrenStarted: number;
  children: Map<string, number>; // that have ended, by state
  signalsAwaited: number;
  signalsReceived: number;
  updates: Map<string, number>; // by outcome
  attempts: Map<string, number>; // by outcome
  shortcuts: Map<string, number>; // calls of the task that ended without the end of an attempt, by kind
  retries: Map<string, number>; // by reason
  taskDuration: Tally; // ms
  exemplars: (Exemplar | null)[]; // of the buckets of `taskDuration`; the newest one of each
  waits: Map<string, Tally>; // ms that attempts waited, by queue
}

export function newRunMetrics(): RunMetrics {
  return {
    flow: "",
    task: null,
    firstSeen: 0,
    events: new Map(),
    queues: new Map(),
    started: new Map(),
    finished: new Map(),
    durations: new Map(),
    startDelay: [],
    history: [],
    ownersLost: 0,
    blocked: 0,
    runRetries: new Map(),
    cancelsAsked: 0,
    childrenStarted: 0,
    children: new Map(),
    signalsAwaited: 0,
    signalsReceived: 0,
    updates: new Map(),
    attempts: new Map(),
    shortcuts: new Map(),
    retries: new Map(),
    taskDuration: [],
    exemplars: [],
    waits: new Map(),
  };
}
