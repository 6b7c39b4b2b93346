import { z } from "zod";
import { defineEvent } from "./define.ts";
import { Count, ErrorField, PayloadField } from "./fields.ts";

/** What becomes of an open child when its parent ends. */
export const CloseRule = z.enum(["cancel", "abandon", "wait"]);
export type CloseRule = z.output<typeof CloseRule>;

export const ChildScheduled = defineEvent("ChildScheduled", {
  code: 50,
  about: "The flow called a flow, which is a run of its own. Part of a turn.",
  data: z.object({
    key: z.string(), // stable over replays, as of a task
    run: z.string(), // id of the child
    flow: z.string(),
    name: z.string().nullable(), // of the child, for people; null = two friendly words
    queue: z.string().nullable(), // null = in the process of the parent's owner
    input: PayloadField,
    fingerprint: Count, // of the input
    onClose: CloseRule,
    after: z.int().min(-1), // as in TaskScheduled
    site: z.string().nullable(), // file:line of the call; null = unknown
  }),
});

export const ChildEnded = defineEvent("ChildEnded", {
  code: 51,
  about: "A child has ended. Recorded by whoever ended it, or found that it had.",
  data: z.object({
    key: z.string(),
    run: z.string(), // the child; another one than was scheduled when it was continued as new
    state: z.enum(["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]),
    name: z.string(), // of the state
    message: z.string().nullable(),
    output: PayloadField.nullable(), // null = it did not complete
    error: ErrorField.nullable(), // null = it did not fail
  }),
});

export const childEvents = [ChildScheduled, ChildEnded] as const;
