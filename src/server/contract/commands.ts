import { z } from "zod";
import { Count, Done, Instant, Position, Value } from "./common.ts";
import { RunRow } from "./runs.ts";

const Reason = z.string().max(1_000).nullish();

export const StartRun = z.object({
  flow: z.string().min(1).max(200),
  input: Value.optional(),
  name: z.string().min(1).max(200).optional(), // default: the flow's own, else two friendly words
  queue: z.string().min(1).max(200).optional(), // default: one that a worker serves for the flow
  tags: z.array(z.string().min(1).max(200)).max(50).readonly().optional(),
  idempotencyKey: z.string().min(1).max(200).optional(), // one run of the flow for all starts with this key
  startAt: Instant.optional(), // not to begin before
});

export const Started = Done.extend({
  name: z.string(),
  isNew: z.boolean(), // false = a run with this key was there
});

export const Cancel = z.object({ reason: Reason }).default({});
export const Cancelled = Done.extend({
  outcome: z.enum(["ended", "requested", "already"]), // requested = the flow is told, and ends
});

export const Retry = z.object({ reason: Reason }).default({});
export const Retried = Done.extend({ attempt: Count, kept: Count }); // results of tasks that are not done again

export const Fork = z
  .object({
    turn: z.int().nonnegative().optional(), // shared up to this turn; 0 = nothing but the input
    task: z.string().max(500).optional(), // key: shared up to its call; it is done again
    position: z.int().positive().optional(), // shared up to the last turn at or before this event
    args: z.array(Value).readonly().optional(), // of the task, instead of the recorded ones
  })
  .default({});
export const Forked = Done.extend({
  name: z.string(),
  from: z.string(),
  shared: Position, // the last event that both runs have
});

export const SendSignal = z.object({
  name: z.string().min(1).max(200),
  payload: Value.optional(),
  key: z.string().min(1).max(200).optional(), // the same key is delivered once
});

/** For unblock, pause and resume. */
export const WithReason = z.object({ reason: Reason }).default({});

export const Bulk = z.object({
  q: z.string().max(2_000),
  action: z.enum(["cancel", "retry"]),
  reason: Reason,
  dryRun: z.boolean().default(true), // true = tell what would be done, and do nothing
});

/** What a bulk command would do. */
const BulkPreview = z.object({
  kind: z.literal("preview"),
  count: Count, // runs that match and whose state allows the command, now
  exact: z.boolean(), // false = at least so many
  sample: z.array(RunRow).readonly(), // at most 5
  cli: z.string(), // the same as a command line
  request: z.string(), // the same as a call of the API
});

/** A command for many runs, carried out by a server; one that dies is replaced by another. */
export const Operation = z.object({
  kind: z.literal("operation"),
  id: z.string(),
  action: z.enum(["cancel", "retry"]),
  q: z.string(),
  reason: z.string().nullable(),
  actor: z.string(),
  state: z.enum(["running", "interrupted", "done", "stopped"]), // interrupted = its server is gone; another one takes it over
  total: Count, // runs, fixed when it was begun
  carriedOut: Count, // of them
  skipped: Count, // their state did not allow it any more
  failed: Count,
  failures: z.array(z.object({ run: z.string(), code: z.string(), message: z.string() })).readonly(), // the first 20
  takenOver: Count, // how often another server went on with it
  note: z.string().nullable(), // what happened to it, in words; null = nothing of note
  startedAt: Instant,
  updatedAt: Instant,
  endedAt: Instant.nullable(),
});
export type Operation = z.output<typeof Operation>;

export const BulkAnswer = z.discriminatedUnion("kind", [BulkPreview, Operation]);
export const Operations = z.array(Operation).readonly(); // newest first
