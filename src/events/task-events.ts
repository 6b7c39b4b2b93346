import { z } from "zod";
import { defineEvent } from "./define.ts";
import { Count, EpochMs, ErrorField, PayloadField } from "./fields.ts";

const key = z.string(); // stable over replays: "extract#1", "stats#1[3]"
const attempt = z.int().positive(); // 1 = first try
const after = z.int().min(-1); // index in its turn's `delivered` of the fact that led here; -1 = before all

/** How long a task may take as a whole, and how many workers may die of it. */
export const TaskBounds = z.object({
  scheduleToStartMs: Count.nullable(), // from the call to the first attempt; null = no limit
  scheduleToCloseMs: Count.nullable(), // from the call to the end, all attempts and delays together; null = no limit
  heartbeatMs: Count.nullable(), // between two heartbeats of an attempt; null = no limit
  maxCrashes: z.int().positive(), // attempts whose worker died
});
export type TaskBounds = z.output<typeof TaskBounds>;

/** Where the result of a queued call goes. Places are named, as credentials stay out of the log. */
const ResultOverride = z.object({
  place: z.string().nullable(), // "s3:..." or the path of a directory; null = Redis, beside the run
  format: z.enum(["msgpack", "json", "compressed/msgpack", "compressed/json"]),
  inlineBytes: Count.nullable(), // up to so many it is part of the log; null = as usual
});

/** Options that a queued call has of its own; the worker that runs it has the rest from the definition. */
export const TaskOverrides = z.object({
  maxAttempts: z.int().positive(),
  delaysMs: z.array(Count).readonly(), // the last one repeats
  jitter: z.number().nonnegative(),
  timeoutMs: Count.nullable(), // null = none
  bounds: TaskBounds.nullable().default(null), // null = the usual ones
  results: ResultOverride.nullable().default(null), // null = as the task or its flow says
});
export type TaskOverrides = z.output<typeof TaskOverrides>;

/** Where the result of a call is kept for others, and looked for before an attempt begins. */
export const CacheRule = z.object({
  key: z.string(), // equal for calls that may share a result
  expiresMs: Count.nullable(), // after it was made; null = never
  refresh: z.boolean(), // an earlier result is not used, but replaced
  isAlone: z.boolean(), // one call at a time makes the result, and the others wait for it
});
export type CacheRule = z.output<typeof CacheRule>;

/** What is to be seen to before an attempt begins, and where its result is kept for others. */
export const TaskRules = z.object({
  cache: CacheRule.nullable(), // null = not cached
  priority: Count.nullable(), // of its job; 1 = first; null = none, after all that have one
  limits: z.array(z.string()).readonly(), // an attempt takes a slot of each: "slots/5/stripe", "rate/10/1000/stripe"
});
export type TaskRules = z.output<typeof TaskRules>;

const scheduledV1 = ["key", "name", "queue", "input", "fingerprint", "after", "site", "overrides"];

export const TaskScheduled = defineEvent("TaskScheduled", {
  code: 20,
  about: "The flow called a task. Part of a turn.",
  data: z.object({
    key,
    name: z.string(),
    queue: z.string().nullable(), // null = in the owner's process
    input: PayloadField, // the list of arguments
    fingerprint: Count, // of the arguments
    after,
    site: z.string().nullable(), // file:line of the call; null = unknown
    overrides: TaskOverrides.nullable(), // options of this call; null = as the task was defined
    rules: TaskRules.nullable(), // null = none of them
  }),
  upcasts: [{ fields: scheduledV1, up: (data) => ({ ...data, rules: null }) }],
});

export const TaskStarted = defineEvent("TaskStarted", {
  code: 21,
  about: "A worker began an attempt of a queued task. Tasks in the owner's process do not record it.",
  data: z.object({ key, attempt, worker: z.string() }),
});

export const TaskCompleted = defineEvent("TaskCompleted", {
  code: 22,
  about: "A task returned. The first result wins.",
  data: z.object({ key, attempt, output: PayloadField }),
});

export const TaskFailed = defineEvent("TaskFailed", {
  code: 23,
  about: "A task failed for good: no attempts are left, or the error is not to be retried.",
  data: z.object({
    key,
    attempt,
    error: ErrorField,
    name: z.string(), // name of the state: "Failed", "TimedOut" or "Crashed"
  }),
});

export const TaskAttemptFailed = defineEvent("TaskAttemptFailed", {
  code: 24,
  about: "An attempt failed and another one will follow. Never delivered to the flow.",
  data: z.object({
    key,
    attempt,
    maxAttempts: z.int().positive(),
    error: ErrorField,
    retryAt: EpochMs,
    heartbeat: PayloadField.nullable(), // details of its last heartbeat; null = it gave none
  }),
  upcasts: [
    {
      fields: ["key", "attempt", "maxAttempts", "error", "retryAt"],
      up: (data) => ({ ...data, heartbeat: null }),
    },
  ],
});

export const TaskCrashed = defineEvent("TaskCrashed", {
  code: 25,
  about: "The worker died during an attempt of a queued task; another attempt will follow. Never delivered.",
  data: z.object({
    key,
    attempt,
    worker: z.string(),
    heartbeat: PayloadField.nullable(), // details of its last heartbeat; null = it gave none
  }),
  upcasts: [{ fields: ["key", "attempt", "worker"], up: (data) => ({ ...data, heartbeat: null }) }],
});

export const TaskReused = defineEvent("TaskReused", {
  code: 26,
  about: "A result that was recorded before stands for the task; its function was not called.",
  data: z.object({
    key,
    output: PayloadField,
    from: z.enum(["cache"]), // of a task with the same cache key
    run: z.string(), // that the result comes from
    of: z.string(), // key of the task run that made it
  }),
});

export const taskEvents = [
  TaskScheduled,
  TaskStarted,
  TaskCompleted,
  TaskFailed,
  TaskAttemptFailed,
  TaskCrashed,
  TaskReused,
] as const;
