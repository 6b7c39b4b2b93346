import { z } from "zod";
import { defineEvent } from "./define.ts";
import { Count } from "./fields.ts";

export const TimerStarted = defineEvent("TimerStarted", {
  code: 30,
  about: "The flow began to sleep. Due `ms` after this event was recorded. Part of a turn.",
  data: z.object({
    key: z.string(),
    ms: Count,
    after: z.int().min(-1), // as in TaskScheduled
    site: z.string().nullable(), // file:line of the call; null = unknown
  }),
});

export const TimerFired = defineEvent("TimerFired", {
  code: 31,
  about: "A sleep is over. Recorded by the owner of the run, once its time has come.",
  data: z.object({ key: z.string() }),
});

export const timerEvents = [TimerStarted, TimerFired] as const;
