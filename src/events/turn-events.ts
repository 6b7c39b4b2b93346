import { z } from "zod";
import { defineEvent } from "./define.ts";
import { Count } from "./fields.ts";

export const TurnTaken = defineEvent("TurnTaken", {
  code: 10,
  about:
    "The decision: which facts the flow was given, in which order. What it then asked for follows in the same " +
    "commit. Replay follows turns, not the order of arrival.",
  data: z.object({
    n: Count, // 1, 2, 3, ... without gaps
    epoch: Count, // of the owner that took it; never falls
    elapsedMs: Count, // the flow's logical time, counted from RunCreated.createdAt
    codeHash: z.string(), // of the flow function
    flags: z.array(Count).readonly(), // switches of the replay rules that this turn was taken under
    /**
     * The facts in the order of delivery. Above 0: a position. Below 0: counted back from this event, for facts
     * of the same commit, whose positions the writer could not know (-1 = the event right before the turn).
     */
    delivered: z.array(z.int()).readonly(),
    done: z.boolean(), // the flow function has ended
  }),
});

export const turnEvents = [TurnTaken] as const;
