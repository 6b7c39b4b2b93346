import { z } from "zod";
import { MinPosition } from "./common.ts";

/** What a route takes and answers. */
export interface Shape {
  readonly about: string; // one sentence
  readonly group: "runs" | "commands" | "flows" | "overview" | "log" | "settings";
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null; // null = none
  readonly answer: z.ZodType;
  readonly status: 200 | 201 | 202;
}

const none = z.object({});
export const run = z.object({ run: z.string().min(1).max(200) }); // id, beginning of the id, or name
export const flow = z.object({ flow: z.string().min(1).max(200) });
export const name = z.object({ name: z.string().min(1).max(200) });
export const id = z.object({ id: z.string().min(1).max(200) });
const seen = z.object(MinPosition);

export const plain = { params: none, query: none, body: null, status: 200 } as const;
export const ofRun = { ...plain, params: run, query: seen } as const;
export const command = { ...plain, group: "commands", params: run } as const;
