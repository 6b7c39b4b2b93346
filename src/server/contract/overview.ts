import { z } from "zod";
import { Count, Instant, StateType, whole } from "./common.ts";

const Ms = z.number().nonnegative();

/** What needs a person. `query` finds the runs. */
export const Attention = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("failures"), // runs that failed alike
    fingerprint: z.string(),
    error: z.string(), // of the newest of them
    flows: z.array(z.string()).readonly(),
    count: Count,
    lastAt: Instant,
    sample: z.string(), // the newest run
    query: z.string(),
  }),
  z.object({
    kind: z.literal("people"), // runs that wait for a person
    count: Count,
    oldestAt: Instant,
    sample: z.string(),
    prompt: z.string().nullable(),
    query: z.string(),
  }),
  z.object({ kind: z.literal("blocked"), count: Count, query: z.string() }),
  z.object({
    kind: z.literal("queue"), // work waits and no worker takes it
    queue: z.string(),
    waiting: Count,
    oldestWaitingMs: Ms,
    query: z.string(),
  }),
  z.object({ kind: z.literal("projections"), entries: Count, ms: Ms }), // behind the log
  z.object({ kind: z.literal("aside"), count: Count, sample: z.string() }), // runs whose events cannot be folded
]);
export type Attention = z.output<typeof Attention>;

export const HomeQuery = z.object({
  minutes: whole(5, 24 * 60, 60),
});

export const Home = z.object({
  from: Instant,
  to: Instant,
  attention: z.array(Attention).readonly(), // worst first; empty = all is well
  now: z.object({
    running: Count,
    waiting: Count, // suspended, paused, or for a retry
    scheduled: Count, // not begun
    queued: Count, // hints in the queues
    workers: Count, // alive
  }),
  ends: z.object({
    bucketMs: z.int().positive(),
    series: z.array(z.object({ state: StateType, counts: z.array(Count).readonly() })).readonly(),
    exact: z.boolean(), // false = there were more runs than one answer may look at
  }),
});
export type Home = z.output<typeof Home>;

const QueueRow = z.object({
  queue: z.string(),
  waiting: Count,
  active: Count,
  delayed: Count,
  oldestWaitingMs: Ms,
  isPaused: z.boolean(), // nobody takes anything from it
  workers: Count, // alive, and serving it
  flows: z.array(z.string()).readonly(),
});

const WorkerRow = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  startedAt: Instant,
  isAlive: z.boolean(), // its lease holds
  leaseMs: Ms, // so long still
  isLocal: z.boolean(), // a script that runs its own flow
  queues: z.array(z.string()).readonly(),
  flows: z.array(z.string()).readonly(),
  runs: Count, // that it owns
});

const LimitRow = z.object({
  name: z.string(),
  kind: z.enum(["slots", "rate"]),
  slots: Count.nullable(), // null = no limit
  decay: z.number(), // slots that become free in a second; 0 = they are given back
  perMs: Ms, // of a rate in code: so long a slot is taken; 0 = none
  isSet: z.boolean(), // by an operator; false = as the code says
  held: Count,
  waiting: Count,
});

export const Capacity = z.object({
  sentence: z.string(), // why it is not faster
  queues: z.array(QueueRow).readonly(),
  workers: z.array(WorkerRow).readonly(), // newest first
  limits: z.array(LimitRow).readonly(),
});
export type Capacity = z.output<typeof Capacity>;

export const SetLimit = z.object({
  slots: z.int().nonnegative(), // 0 = nobody gets one
  decay: z.number().positive().nullish(), // of a rate; null = they are given back
});
