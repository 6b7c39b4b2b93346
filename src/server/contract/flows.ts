import { z } from "zod";
import { Count, Instant, Json, StateType, whole } from "./common.ts";

const Ms = z.number().nonnegative();

/** A run of a flow as one bar. */
const RunBar = z.object({
  run: z.string(),
  name: z.string(),
  state: StateType,
  stateName: z.string(),
  ms: Ms.nullable(), // null = it was not begun
});

/** A release of a flow that workers have told of. */
const FlowVersion = z.object({
  codeHash: z.string(),
  source: z.string().nullable(), // file, as the worker knows it
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  workers: Count, // alive, that have it
});

const SignalForm = z.object({ name: z.string(), schema: Json.nullable() }); // null = anything

export const FlowRow = z.object({
  flow: z.string(),
  source: z.string().nullable(),
  queue: z.string(), // where its runs go; "default" when no worker has told
  workers: Count, // alive, that serve it
  versions: z.array(FlowVersion).readonly(), // newest first
  inputSchema: Json.nullable(), // JSON Schema of what a start may give; null = not known, or anything
  lastRuns: z.array(RunBar).readonly(), // at most 40, newest first
  stats: z.object({
    runs: Count,
    open: Count,
    completed: Count,
    failed: Count, // failed, timed out or crashed
    cancelled: Count,
    successRate: z.number().nullable(), // of all that ended; null = none has
    success1h: z.number().nullable(), // of those created within the last hour that ended
    p50Ms: Ms.nullable(),
    p95Ms: Ms.nullable(),
    lastAt: Instant.nullable(),
  }),
});
export type FlowRow = z.output<typeof FlowRow>;

const TaskRow = z.object({
  task: z.string(),
  calls: Count,
  completed: Count,
  cached: Count, // of the calls: a result that was there stood for them
  failed: Count,
  retries: Count,
  successRate: z.number().nullable(),
  p50Ms: Ms.nullable(),
  p95Ms: Ms.nullable(),
  meanMs: Ms.nullable(),
});

export const FlowDetail = FlowRow.extend({
  signals: z.array(SignalForm).readonly(), // that its code is known to wait for
  tasks: z.array(TaskRow).readonly(),
  recentInputs: z.array(z.object({ run: z.string(), name: z.string(), input: z.unknown() })).readonly(), // newest first
});
export type FlowDetail = z.output<typeof FlowDetail>;

export const GridQuery = z.object({ runs: whole(1, 100, 50) });

/** Tasks of a flow by its last runs; a task that a run called several times stands once, in its worst state. */
export const Grid = z.object({
  exact: z.boolean(), // false = some runs are longer than one answer may read: their last tasks are missing
  runs: z.array(RunBar).readonly(), // newest first
  tasks: z
    .array(
      z.object({
        name: z.string(),
        cells: z // of the runs that called it, newest first
          .array(
            z.object({
              run: z.string(),
              state: z.string(), // of the task
              ms: Ms.nullable(), // of all its calls; null = none has ended
              calls: Count,
              key: z.string(), // of the call that the state is of
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

export const TrendsQuery = z.object({ buckets: whole(5, 200, 48), hours: whole(1, 24 * 90, 24 * 7) });

export const Trends = z.object({
  from: Instant,
  to: Instant,
  bucketMs: z.int().positive(),
  buckets: z
    .array(
      z.object({
        completed: Count,
        failed: Count,
        cancelled: Count,
        p50Ms: Ms.nullable(),
        p95Ms: Ms.nullable(),
      }),
    )
    .readonly(),
  exact: z.boolean(), // false = there are more runs than one answer may look at; the newest are in
  shares: z.array(z.object({ task: z.string(), totalMs: Ms })).readonly(), // time in each task since ever, most first
});
