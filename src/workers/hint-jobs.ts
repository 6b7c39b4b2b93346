import type { JobsOptions } from "bullmq";
import { hashText } from "../base/hash.ts";
import { lastPriority } from "../redis/exchange-slots.ts";
import { usesPriorities } from "../sdk/registry.ts";
import { bundleId, type TaskBundle } from "./bundles.ts";
import type { TaskHint } from "./run-ports.ts";

/** A run that somebody should look after. */
export interface RunHint {
  readonly run: string;
  readonly flow: string;
  readonly queue: string;
  readonly cause: string; // the same cause is hinted once while it waits: "start", "due", a position
}

/** The id of the job that follows one which still is under way. */
export function otherId(id: string): string {
  return id.endsWith(".again") ? id.slice(0, -".again".length) : `${id}.again`;
}

/** A hint as a job. */
export interface HintJob {
  readonly id: string;
  readonly name: string;
  readonly data: RunHint | TaskHint | TaskBundle;
  readonly opts: JobsOptions;
}

/** BullMQ's options for jobs that are hints: no retries, no traces. */
export const hintOptions = { removeOnComplete: true, removeOnFail: true } as const;

export function toRunJob(data: RunHint): HintJob {
  const id = `${data.run}.${data.cause}`;
  return { id, name: "run", data, opts: { ...hintOptions, jobId: id } };
}

export function toTaskJob(data: TaskHint): HintJob {
  const id = jobIdOf(data);
  const delay = data.delayMs > 0 ? { delay: data.delayMs } : {};
  return { id, name: data.task, data, opts: { ...hintOptions, jobId: id, ...delay, ...priorityOf(data) } };
}

/** What a worker has no place for: another job, as the one that it came in is still under way. */
export function toRestJob(first: TaskHint, hints: readonly TaskHint[]): HintJob {
  const job = toBundleJob(first, hints);
  return { ...job, opts: { ...job.opts, lifo: true } };
}

/** `hints` are of the queue and flow of `first`, which is one of them. */
export function toBundleJob(first: TaskHint, hints: readonly TaskHint[]): HintJob {
  const { flow, queue, task: name } = first;
  const id = bundleId(first, hints.length);
  return { id, name, data: { flow, queue, hints }, opts: { ...hintOptions, jobId: id } };
}

/** A job that is taken before all others: its slots of limits are held already. */
export function toFirstJob(data: TaskHint): HintJob {
  const id = `${jobIdOf(data)}.slot`; // the job that lined it up may still be there
  return { id, name: data.task, data, opts: { ...hintOptions, jobId: id, lifo: true } };
}

/**
 * BullMQ takes jobs without a priority before those that have one; here they come after them. Where no task has a
 * priority, no job has one either: a plain list is cheaper.
 */
function priorityOf({ rules }: TaskHint): { readonly priority?: number } {
  const priority = rules?.priority ?? null;
  if (priority !== null) return { priority };
  return usesPriorities() ? { priority: lastPriority } : {};
}

export function laneOf({ queue, flow }: { readonly queue: string; readonly flow: string }): string {
  return `${queue}/${flow}`;
}

/** One attempt = one job id, so a hint that is given twice is one job while it waits. */
function jobIdOf({ run, attempt, key }: TaskHint): string {
  return `${run}.${attempt}.${hashText(key).toString(36)}`;
}
