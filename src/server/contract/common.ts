import { z } from "zod";

export const Instant = z.int(); // epoch ms
export const Position = z.int().nonnegative(); // of an event in its run; 0 = before the first
export const Count = z.int().nonnegative();

/** A value of a user as JSON; above 64 kB in lists: `{ "$truncated": bytes }`. */
export const Value = z.unknown().meta({ description: "Any JSON." });

export const Json: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

export const StateType = z.enum([
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "PAUSED",
  "CANCELLING",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "CRASHED",
]);

/** What every route about a run may ask: an answer that knows the event at this position. */
export const MinPosition = {
  min_position: z.coerce.number<string | number>().int().nonnegative().optional(),
};

/** Whole numbers in a query come as text. */
export function whole(
  least: number,
  most: number,
  usual: number,
): z.ZodDefault<z.ZodCoercedNumber<string | number>> {
  return z.coerce.number<string | number>().int().min(least).max(most).default(usual);
}

/** How exact a number of runs is. */
export const Total = z.object({
  count: Count,
  exact: z.boolean(), // false = at least so many: looking at all of them would take too long
});

/** What a command has written. */
export const Done = z.object({
  run: z.string(),
  position: Position, // of the event; give it as `min_position`
});
export type Done = z.output<typeof Done>;

export const Problem = z.object({
  type: z.string(), // address of the description of the code
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(), // as in docs/reference/errors.md
  instance: z.string(), // id of the request
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(), // by field
});
export type Problem = z.output<typeof Problem>;

/** What may follow a problem: the address that its `type` begins with. */
export const problemBase = "urn:millrace:error:";
