import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** One line of the effects file: an attempt of a task did something in the world. */
export interface Effect {
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
  readonly phase: "start" | "end";
  readonly pid: number;
  readonly at: number; // epoch ms
  readonly wasOver: boolean; // the log held the end of this task before the attempt began
}

/** Appends a line; small enough to be atomic between processes. */
export function writeEffect(file: string, effect: Effect): void {
  appendFileSync(file, `${JSON.stringify(effect)}\n`);
}

export function readEffects(file: string): readonly Effect[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1); // the rest is a line under way
  return lines.map((line) => JSON.parse(line) as Effect);
}
