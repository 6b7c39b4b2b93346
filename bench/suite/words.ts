import { z } from "zod";

/** What the process of an engine says to the runner: lines of its standard output that begin with this mark. */
export const mark = "@bench ";

const about = z.object({
  versions: z.record(z.string(), z.string()),
  settings: z.string(),
  load: z.enum(["in the engine's process", "in a process of its own"]),
});

export const Word = z.discriminatedUnion("word", [
  z.object({ word: z.literal("about"), about }),
  z.object({
    word: z.literal("measured"),
    workload: z.string(),
    figures: z.record(z.string(), z.number()),
    n: z.number(),
    settings: z.string().optional(), // where they are not those of `about`
    seconds: z.number(),
  }),
  // It means nothing for this engine; or it was tried, and went wrong.
  z.object({ word: z.literal("cannot"), workload: z.string(), why: z.string() }),
  z.object({ word: z.literal("failed"), workload: z.string(), why: z.string() }),
  // The engine is not on this machine.
  z.object({ word: z.literal("unavailable"), why: z.string() }),
]);

export type Word = z.infer<typeof Word>;

/** null = a line that the engine printed by itself. */
export function readWord(line: string): Word | null {
  return line.startsWith(mark) ? Word.parse(JSON.parse(line.slice(mark.length))) : null;
}

export function sayWord(word: Word): void {
  process.stdout.write(`${mark}${JSON.stringify(word)}\n`);
}

/** Thrown by an engine that is not on this machine. */
export class NotAvailable extends Error {
  override readonly name = "NotAvailable";
}
