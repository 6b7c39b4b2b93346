import { z } from "zod";
import { defineEvent } from "./define.ts";
import { Count, EpochMs, ErrorField, PayloadField } from "./fields.ts";

/** Where a run comes from, when another run made it. */
const RunLinks = z.object({
  parent: z.object({ run: z.string(), key: z.string() }).nullable(), // whose call it is; null = nobody's
  continuedFrom: z.string().nullable(), // the run that it carries on; null = none
  /** The run whose history it shares up to there, and the run whose random numbers it draws. */
  forkedFrom: z.object({ run: z.string(), position: Count, seed: z.string() }).nullable(),
});

export const RunCreated = defineEvent("RunCreated", {
  code: 1,
  about: "Somebody asked for a run of a flow. Always the first event of a run.",
  data: z.object({
    flow: z.string(),
    name: z.string(), // for people: "brisk-otter"
    input: PayloadField, // as given, before validation
    queue: z.string(), // where its wake-ups go
    tags: z.array(z.string()).readonly(),
    root: z.string().nullable(), // the run at the top of a tree of child runs; null = this one
    createdAt: EpochMs, // by the creator's clock; the flow's logical time counts from here
    source: z.string().nullable(), // file that defines the flow, as the creator knew it; null = unknown
    traceparent: z.string().nullable(), // W3C trace context of the creator; null = not traced
    links: RunLinks.nullable(), // null = no other run made it
    startAt: EpochMs.nullable(), // not to begin before; null = at once
    idempotencyKey: z.string().nullable(), // one run for all starts with this key; null = none was given
  }),
  upcasts: [
    {
      fields: ["flow", "name", "input", "queue", "tags", "root", "createdAt", "source", "traceparent"],
      up: (data) => ({ ...data, links: null, startAt: null, idempotencyKey: null }),
    },
  ],
});

export const RunStarted = defineEvent("RunStarted", {
  code: 2,
  about: "The input was valid, and the flow function was called for the first time. Part of the first turn.",
  data: z.object({
    input: PayloadField.nullable(), // after validation and defaults; null = the same as in RunCreated
  }),
});

export const RunCompleted = defineEvent("RunCompleted", {
  code: 3,
  about: "The flow ended well. Part of the last turn.",
  data: z.object({
    output: PayloadField,
    name: z.string(), // name of the state: "Completed", or one that the flow chose
    message: z.string().nullable(),
  }),
});

export const RunFailed = defineEvent("RunFailed", {
  code: 4,
  about: "The flow threw an error, returned a failed state, or its input was invalid. Part of the last turn.",
  data: z.object({
    error: ErrorField,
    name: z.string(), // name of the state: "Failed", "TimedOut", or one that the flow chose
    message: z.string().nullable(),
  }),
});

export const RunCancelled = defineEvent("RunCancelled", {
  code: 5,
  about:
    "The run was cancelled: the flow gave way to a request, returned a cancelled state, or was never begun.",
  data: z.object({
    name: z.string(),
    message: z.string().nullable(),
  }),
});

export const RunCrashed = defineEvent("RunCrashed", {
  code: 6,
  about: "The run's workers died more often than its crash budget allows without any progress between.",
  data: z.object({ message: z.string() }),
});

export const RunBlocked = defineEvent("RunBlocked", {
  code: 7,
  about:
    "The code no longer does what the history says; the run waits until somebody decides. Nothing is lost.",
  data: z.object({
    code: z.string(), // a divergence code, as in E_DIFFERENT_CALL
    message: z.string(),
    turn: Count, // the turn that could not be repeated; 0 = none
    codeHash: z.string(),
  }),
});

export const RunUnblocked = defineEvent("RunUnblocked", {
  code: 8,
  about: "Somebody asked for another try of a blocked run.",
  data: z.object({ reason: z.string().nullable() }),
});

export const OwnerLost = defineEvent("OwnerLost", {
  code: 9,
  about: "The worker that owned the run stopped renewing its lease; somebody else may take the run.",
  data: z.object({
    worker: z.string(),
    epoch: Count,
  }),
});

export const RunCancelRequested = defineEvent("RunCancelRequested", {
  code: 11,
  about:
    "Somebody wants the run to end. A fact: delivered to the scopes of the flow, which clean up and end it.",
  data: z.object({ reason: z.string().nullable() }),
});

export const RunAttemptFailed = defineEvent("RunAttemptFailed", {
  code: 12,
  about:
    "The flow function threw, and will be called again from its beginning; results of tasks are kept. Part of the " +
    "last turn of the attempt.",
  data: z.object({
    attempt: z.int().positive(), // 1 = first try
    maxAttempts: z.int().positive(),
    error: ErrorField,
    retryAt: EpochMs,
  }),
});

export const RunReopened = defineEvent("RunReopened", {
  code: 13,
  about:
    "Somebody asked for another attempt of a run that had ended. Results of its completed tasks are kept.",
  data: z.object({
    attempt: z.int().positive(), // the one that follows
    reason: z.string().nullable(),
  }),
});

export const RunContinued = defineEvent("RunContinued", {
  code: 14,
  about:
    "The flow went over into a new run with a history of its own. Part of the last turn, before its end.",
  data: z.object({
    run: z.string(), // the new one
    input: PayloadField,
  }),
});

export const RunForked = defineEvent("RunForked", {
  code: 15,
  about: "The events up to here are those of another run; what follows is this one's own.",
  data: z.object({ run: z.string(), position: Count }),
});

export const RunPostponed = defineEvent("RunPostponed", {
  code: 19,
  about: "A run that was not begun got another input, and begins later: its starts are debounced.",
  data: z.object({
    input: PayloadField, // as given, before validation
    startAt: EpochMs, // not to begin before
  }),
});

export const RunPaused = defineEvent("RunPaused", {
  code: 16,
  about: "Somebody asked the run to stand still: what is under way ends, and nothing new begins.",
  data: z.object({ reason: z.string().nullable() }),
});

export const RunResumed = defineEvent("RunResumed", {
  code: 17,
  about: "Somebody let a paused run go on.",
  data: z.object({ reason: z.string().nullable() }),
});

export const runEvents = [
  RunCreated,
  RunStarted,
  RunCompleted,
  RunFailed,
  RunCancelled,
  RunCrashed,
  RunBlocked,
  RunUnblocked,
  OwnerLost,
  RunCancelRequested,
  RunAttemptFailed,
  RunReopened,
  RunContinued,
  RunForked,
  RunPostponed,
  RunPaused,
  RunResumed,
] as const;
