import { z } from "zod";
import { defineEvent } from "./define.ts";
import { ErrorField, PayloadField } from "./fields.ts";

const after = z.int().min(-1); // as in TaskScheduled

export const SignalAwaited = defineEvent("SignalAwaited", {
  code: 40,
  about: "The flow waits for a signal. Part of a turn.",
  data: z.object({
    key: z.string(),
    name: z.string(), // of the signal
    after,
    site: z.string().nullable(), // file:line of the call; null = unknown
    form: z.string().nullable(), // JSON Schema of the payload; null = not known
    prompt: z.string().nullable(), // what a person is asked; null = it is not for a person, and the run is not paused
  }),
});

export const SignalReceived = defineEvent("SignalReceived", {
  code: 41,
  about:
    "Somebody sent a signal. Kept until the flow waits for one of that name; given to the oldest wait, once.",
  data: z.object({
    name: z.string(),
    id: z.string(), // of the sending; the same id is recorded once
    payload: PayloadField,
  }),
});

export const UpdateRequested = defineEvent("UpdateRequested", {
  code: 42,
  about: "Somebody asked the run for an answer. Kept until the flow has a function for it.",
  data: z.object({
    name: z.string(),
    id: z.string(), // of the request; the same id is recorded once
    input: PayloadField,
  }),
});

export const UpdateAnswered = defineEvent("UpdateAnswered", {
  code: 43,
  about: "What the flow answered to an update. Part of a turn.",
  data: z.object({
    key: z.string(), // id of the request
    after,
    output: PayloadField.nullable(), // null = it was refused
    error: ErrorField.nullable(), // null = it was not
  }),
});

export const signalEvents = [SignalAwaited, SignalReceived, UpdateRequested, UpdateAnswered] as const;
