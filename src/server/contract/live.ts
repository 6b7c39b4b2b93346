import { z } from "zod";

export const LiveQuery = z.object({
  topics: z.string().max(8_000), // run:ID@POSITION, runs, log, capacity; with commas between
  since: z.string().max(12_000).optional(), // id of a frame: `runs` and `log` go on behind it, runs from their positions
});

export const PollQuery = z.object({
  topics: z.string().max(8_000),
  since: z.string().max(12_000).optional(), // id of the answer before: everything goes on behind it; none = answer at once
  wait: z.coerce.number().int().min(0).max(25_000).default(25_000), // ms
});

/** What one frame of the stream holds; the fields of `data` depend on the topic. */
export const LiveFrame = z.object({
  id: z.string(), // cursor: how far all topics have come
  event: z.enum(["batch", "reset"]), // reset = something was left out: ask again for what is shown; it goes on from here
  data: z.array(z.looseObject({ topic: z.string() })).readonly(),
});
export type LiveFrame = z.output<typeof LiveFrame>;
