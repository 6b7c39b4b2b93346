import { z } from "zod";
import {
  Bulk,
  BulkAnswer,
  Cancel,
  Cancelled,
  Fork,
  Forked,
  Operation,
  Operations,
  Retried,
  Retry,
  SendSignal,
  Started,
  StartRun,
  WithReason,
} from "./commands.ts";
import { Done, MinPosition } from "./common.ts";
import { CompareQuery, Comparison } from "./compare.ts";
import { Info } from "./log.ts";
import {
  Children,
  EventsPage,
  EventsQuery,
  EventValues,
  Histogram,
  HistogramQuery,
  LogsPage,
  LogsQuery,
  RunDetail,
  RunsPage,
  RunsQuery,
  StateAt,
} from "./runs.ts";
import { command, id, ofRun, plain, run, type Shape } from "./shape.ts";

/** Routes about runs: to look at them, and to command them. */
export const runRoutes = {
  info: { ...plain, group: "settings", about: "What this server is, and who asks.", answer: Info },
  runs: {
    ...plain,
    group: "runs",
    about: "Runs that match a query, page by page.",
    query: RunsQuery.extend({ ...MinPosition, min_position_of: z.string().max(200).optional() }), // of that run
    answer: RunsPage,
  },
  histogram: {
    ...plain,
    group: "runs",
    about: "When the runs that match were created, by state: every one of them is counted.",
    query: HistogramQuery,
    answer: Histogram,
  },
  run: { ...ofRun, group: "runs", about: "A run, and why it is where it is.", answer: RunDetail },
  events: {
    ...ofRun,
    group: "runs",
    about: "Events of a run, from either end.",
    query: EventsQuery.extend(MinPosition),
    answer: EventsPage,
  },
  state: {
    ...ofRun,
    group: "runs",
    about: "The whole state of a run after one of its events.",
    query: z.object({
      at: z.coerce.number<string | number>().int().nonnegative().optional(),
      ...MinPosition,
    }),
    answer: StateAt,
  },
  values: {
    ...ofRun,
    group: "runs",
    about: "Every value that an event recorded, whole.",
    params: run.extend({ position: z.coerce.number<string | number>().int().positive() }),
    answer: EventValues,
  },
  logs: {
    ...ofRun,
    group: "runs",
    about: "What the code of a run said and what happened to it; searched here, over all of it.",
    query: LogsQuery.extend(MinPosition),
    answer: LogsPage,
  },
  children: {
    ...ofRun,
    group: "runs",
    about: "Runs that a run has called, in the order of the calls.",
    query: z.object({ cursor: z.string().max(500).optional(), ...MinPosition }),
    answer: Children,
  },
  compare: {
    ...plain,
    group: "runs",
    about: "Where two runs first differ, and their tasks side by side.",
    query: CompareQuery,
    answer: Comparison,
  },
  start: {
    ...plain,
    group: "commands",
    about: "Creates a run for the workers.",
    body: StartRun,
    answer: Started,
    status: 201,
  },
  cancel: { ...command, about: "Asks a run to end.", body: Cancel, answer: Cancelled },
  retry: { ...command, about: "Another attempt of a run that ended.", body: Retry, answer: Retried },
  fork: {
    ...command,
    about: "A new run that shares the history of this one up to a point.",
    body: Fork,
    answer: Forked,
    status: 201,
  },
  signal: { ...command, about: "Sends a signal to a run.", body: SendSignal, answer: Done },
  unblock: { ...command, about: "Lets workers try a blocked run again.", body: WithReason, answer: Done },
  pause: { ...command, about: "Lets a run stand still until it is resumed.", body: WithReason, answer: Done },
  resume: { ...command, about: "Lets a paused run go on.", body: WithReason, answer: Done },
  bulk: {
    ...plain,
    group: "commands",
    about: "Cancels or retries every run that matches a query; first tells which.",
    body: Bulk,
    answer: BulkAnswer,
  },
  operations: { ...plain, group: "commands", about: "Bulk commands of the last days.", answer: Operations },
  operation: {
    ...plain,
    group: "commands",
    about: "How far a bulk command is.",
    params: id,
    answer: Operation,
  },
  stopOperation: {
    ...plain,
    group: "commands",
    about: "Stops a bulk command; what is done stays done.",
    params: id,
    answer: Operation,
  },
} as const satisfies Readonly<Record<string, Shape>>;
