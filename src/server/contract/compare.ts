import { z } from "zod";
import { Count, Position } from "./common.ts";
import { RunRow } from "./runs.ts";

export const CompareQuery = z.object({
  a: z.string().max(200), // id, beginning of the id, or name
  b: z.string().max(200),
  values: z.enum(["true", "false"]).default("true"), // false = only calls and how they ended
  order: z.enum(["true", "false"]).default("true"), // false = the order of calls does not count
});

const Side = z.object({
  turn: Count, // 0 = before the first one
  position: Position, // of what it has there, or of its newest event
  type: z.string(),
  isThere: z.boolean(), // false = it has nothing like what the other one has
});

const TaskSide = z.object({
  state: z.string(),
  ms: z.number().nullable(), // from its first start to its end; null = it has not ended
  attempts: Count,
  position: Position, // of the call: its input
  endPosition: Position.nullable(), // of the end: its result, or error; null = it is open
  error: z.string().nullable(),
});

/** A task of either run, matched by its key. */
const ComparedTask = z.object({
  key: z.string(),
  name: z.string(),
  a: TaskSide.nullable(), // null = this run did not call it
  b: TaskSide.nullable(),
  sameInput: z.boolean().nullable(), // null = one of them has none
  sameOutput: z.boolean().nullable(),
});

export const Comparison = z.object({
  a: RunRow,
  b: RunRow,
  first: z.object({ kind: z.string(), text: z.string(), a: Side, b: Side }).nullable(), // null = they do not differ
  tasks: z.array(ComparedTask).readonly(), // in the order of the first run, then what only the second one has
});
export type Comparison = z.output<typeof Comparison>;
