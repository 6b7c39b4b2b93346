import type { CpuSeconds } from "./cpu.ts";

/** One after the other, or all at once. */
export type Shape = "sequence" | "fan";

/** What one run of the compared flows does; it is also the input of the run, so that a worker elsewhere knows it. */
export interface Plan {
  readonly shape: Shape;
  readonly tasks: number;
  readonly bytes: number; // of text in the result of each task
  readonly seed: number; // of that text
}

/** Many runs of one plan. */
export interface Batch {
  readonly plan: Plan;
  readonly count: number; // at most
  readonly inFlight: number;
  readonly budgetMs: number; // no run begins later; what is under way ends
}

export interface RunRecord {
  readonly startedAt: number; // epoch ms, with fractions
  readonly ms: number; // until the client has the result
  readonly stamps: readonly number[]; // when each task ran, epoch ms
}

/** The same keys as the figures of a workload; one that is missing was not measured. */
export type Figures = Readonly<Record<string, number>>;

/** Figures, and how many things they are about. */
export interface Measured {
  readonly figures: Figures;
  readonly n: number;
  readonly settings?: string; // where they are not those of the open engine
}

/** What must be known to read a number of this engine. */
export interface About {
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: string;
  readonly load: "in the engine's process" | "in a process of its own";
}

export interface StoreBytes {
  readonly data: number; // what is kept
  readonly log: number; // what was written to a log beside it, or NaN
}

/** An engine that is open: its store runs, its workers are ready. */
export interface OpenEngine {
  readonly about: About;
  readonly storePids: readonly number[]; // with their children: the CPU of the store
  readonly runs: (batch: Batch) => Promise<readonly RunRecord[]>;
  readonly storeBytes: (() => Promise<StoreBytes>) | null; // null = nothing is stored
  readonly close: () => Promise<void>;
}

/** An open engine whose processor time is watched: what workloads are given. */
export interface Session extends OpenEngine {
  readonly cpu: () => CpuSeconds;
}

export interface OpenOptions {
  readonly variant: string; // of this engine's file; "" = the usual one
  readonly isQuick: boolean;
  readonly isTiny: boolean; // for tests of the suite itself: the least that gives numbers
}

export type AloneWorkloads = Readonly<Record<string, (options: OpenOptions) => Promise<Measured>>>;

/** What a file of an engine exports as `engine`. */
export interface Engine {
  readonly open: (options: OpenOptions) => Promise<OpenEngine>;
  /** Workloads that this engine measures in its own way, with nothing else open. */
  readonly alone?: (variant: string) => AloneWorkloads;
  /** Workloads that mean nothing here, and why. */
  readonly cannot?: (variant: string) => Readonly<Record<string, string>>;
  /** Less of some things, where a task takes tens of milliseconds: the settings of the engine say so too. */
  readonly pace?: Partial<Pace>;
}

/** How much of a thing is asked of an engine. */
export interface Pace {
  readonly longRun: number; // tasks of the run of B4
  readonly inFlight: number; // runs at a time in B2
  readonly warmUp: number; // the same, before B1: no more than leave no backlog behind
  readonly wideFan: number; // tasks at once in the wide run of B3; 0 = there is none
}

export const fullPace: Pace = { longRun: 1_000, inFlight: 100, warmUp: 100, wideFan: 1_000 };
