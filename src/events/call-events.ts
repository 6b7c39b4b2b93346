import { z } from "zod";
import { defineEvent } from "./define.ts";

const after = z.int().min(-1); // as in TaskScheduled

export const CallCancelled = defineEvent("CallCancelled", {
  code: 60,
  about: "The flow does not wait for a call any more: it was cancelled, or lost a race. Part of a turn.",
  data: z.object({
    key: z.string(), // of the call
    after,
    reason: z.string(),
  }),
});

export const PatchMarked = defineEvent("PatchMarked", {
  code: 61,
  about: "The flow took the new way of a change to its code. Part of a turn.",
  data: z.object({
    key: z.string(), // id of the patch
    after,
  }),
});

export const CallReused = defineEvent("CallReused", {
  code: 62,
  about:
    "What an earlier attempt of the flow was given stands for the same call in this one; nothing was started.",
  data: z.object({
    key: z.string(), // of the call
    position: z.int().positive(), // of the fact that settled it then
  }),
});

export const callEvents = [CallCancelled, PatchMarked, CallReused] as const;
