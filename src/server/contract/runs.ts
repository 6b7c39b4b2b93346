import { z } from "zod";
import { Count, Instant, Json, Position, StateType, Total, Value, whole } from "./common.ts";
import type { WireEvent } from "./wire-event.ts";

/** A run in one line. */
export const RunRow = z.object({
  run: z.string(),
  name: z.string(), // "" = its first event cannot be read
  flow: z.string(),
  state: StateType, // as of now
  stateName: z.string(),
  queue: z.string(),
  tags: z.array(z.string()).readonly(),
  trigger: z.string(), // what made it: script, client, schedule, parent, continuation, fork
  createdAt: Instant,
  startedAt: Instant.nullable(), // null = not yet
  endedAt: Instant.nullable(), // null = not yet
  notBefore: Instant.nullable(), // its next attempt begins then at the earliest; null = no time is given
  tasks: Count, // calls of tasks
  completed: Count, // of them
  failed: Count, // of them, for good
  cached: Count, // of the completed
  retries: Count,
  children: Count,
  attempt: Count, // of the flow; 1 = first try
  parent: z.string().nullable(), // the run whose flow called this one
  root: z.string().nullable(), // the run at the top of the tree; null = this one
  message: z.string().nullable(),
  error: z.string().nullable(), // of the newest failure, shortened
  fingerprint: z.string().nullable(), // of the error: the same for errors that differ in numbers and ids; null = none
  aside: z.string().nullable(), // why its events cannot be folded further; null = they are
  position: Position, // of the last event that this row knows
});
export type RunRow = z.output<typeof RunRow>;

export const RunsQuery = z.object({
  q: z.string().max(2_000).default(""), // see the language of queries
  order: z.enum(["newest", "oldest"]).default("newest"),
  limit: whole(1, 200, 50),
  cursor: z.string().max(500).optional(), // `next` of the page before
  total: z.enum(["true", "false"]).default("true"), // whether to count
});

export const RunsPage = z.object({
  runs: z.array(RunRow).readonly(),
  next: z.string().nullable(), // null = this is the last page
  complete: z.boolean(), // false = it was looked at as many runs as one answer may; go on at `next`
  total: Total.nullable(), // null = it was not asked for
});

export const HistogramQuery = z.object({
  q: z.string().max(2_000).default(""),
  buckets: whole(1, 200, 60),
});

export const Histogram = z.object({
  from: Instant,
  to: Instant,
  bucketMs: z.int().positive(), // bucket i holds runs created from `from + i * bucketMs` on
  series: z.array(z.object({ state: StateType, counts: z.array(Count).readonly() })).readonly(),
  total: Total, // of all series; every run that matches is in it
});

const Reason = z.object({
  text: z.string(), // without its instant
  when: z.object({ what: z.enum(["at", "since", "until"]), at: Instant }).nullable(),
});

/** Where a run is, and why: people first. */
const Whys = z.object({
  why: z.array(Reason).max(100).readonly(), // the first of them
  reasons: Count, // how many there are
});
export type Why = z.output<typeof Whys>;

export const RunDetail = Whys.extend({
  row: RunRow,
  summary: Json, // the run summary as `toPlain` writes it
  links: z.object({
    parent: z.string().nullable(),
    root: z.string().nullable(),
    children: Count,
    continuedFrom: z.string().nullable(),
    continuedTo: z.string().nullable(),
    forkedFrom: z.string().nullable(),
  }),
  owner: z.object({ worker: z.string(), host: z.string().nullable(), isAlive: z.boolean() }).nullable(),
  source: z.string().nullable(), // file that defines the flow
  codeHash: z.string(), // of the newest turn; "" = none was taken
  traceparent: z.string().nullable(),
  input: Value, // as given
  output: Value, // null unless it is completed
  error: Value, // null unless it has failed
  actions: z.array(z.string()).readonly(), // commands that its state allows: cancel, retry, fork, signal, …
  position: Position, // of its last event
});
export type RunDetail = z.output<typeof RunDetail>;

export const Wire: z.ZodType<WireEvent> = z.object({
  run: z.string(),
  position: Position,
  type: z.string(),
  version: z.int(),
  at: Instant,
  actor: z.string(),
  data: Json, // a value of a user is `{ "$payload": bytes, value? }`, or null where there is none
  bytes: Count, // of the entry in the log, without values that lie elsewhere
});

export const EventsQuery = z.object({
  after: z.coerce.number<string | number>().int().nonnegative().default(0), // with order desc: before this position; 0 = from the end
  limit: whole(1, 2_000, 500),
  order: z.enum(["asc", "desc"]).default("asc"),
  values: z.enum(["true", "false"]).default("true"), // false = no values of users, for the fold alone
});

export const EventsPage = z.object({
  events: z.array(Wire).readonly(),
  last: Position, // of the run's last event
  end: z.boolean(), // nothing comes after these, in this order, for now
});

export const StateAt = Whys.extend({
  position: Position, // of the event after which this is the state
  state: Json, // the picture as `toPlain` writes it
});

export const EventValues = z.object({ position: Position, values: Json });

export const LogsQuery = z.object({
  after: z.string().max(200).optional(), // `next` of the page before, or `here`
  limit: whole(1, 1_000, 200),
  level: z.enum(["debug", "info", "warn", "error"]).default("debug"), // and above
  task: z.string().max(500).optional(), // key, name of a task run, or name of a task
  text: z.string().max(500).optional(), // in the message, whatever the case
});

export const LogLine = z.object({
  at: Instant,
  level: z.enum(["debug", "info", "warn", "error"]),
  task: z.string().nullable(), // key; null = the flow's, or about the run
  attempt: z.int().nullable(),
  worker: z.string().nullable(),
  event: z.string().nullable(), // type; null = the code's own line
  message: z.string(),
  fields: Json,
  detail: z.string().nullable(), // more lines: a stack
});
export type LogLine = z.output<typeof LogLine>;

export const LogsPage = z.object({
  lines: z.array(LogLine).readonly(),
  next: z.string().nullable(), // null = there is no more for now
  here: z.string(), // what comes later is asked for after it
  anew: z.boolean(), // these are the first lines: the page before, if there was one, is of another reading
  total: Count, // lines that match, of those that are kept
  dropped: Count, // lines that the cap has cost the run
});

export const Children = z.object({ runs: z.array(RunRow).readonly(), next: z.string().nullable() });
