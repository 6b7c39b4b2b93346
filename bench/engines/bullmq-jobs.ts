import type { Plan } from "../suite/session.ts";

export const queueName = "bench"; // where there is one
export const concurrency = 100; // jobs at a time in the worker process

/** A job for each task: the body runs, and the worker adds the job of the next task. */
export interface ChainJob {
  readonly kind: "chain";
  readonly run: string;
  readonly plan: Plan;
  readonly stamps: readonly number[]; // of the tasks before
}

/** A job among many of a run, that nothing follows. */
export interface SingleJob {
  readonly kind: "single";
  readonly plan: Plan;
}

/** A job for the whole run: its steps are written into its data as they end, as BullMQ's documentation shows. */
export interface StepsJob {
  readonly kind: "steps";
  readonly plan: Plan;
  readonly stamps: readonly number[];
}

export type BenchJob = ChainJob | SingleJob | StepsJob;
