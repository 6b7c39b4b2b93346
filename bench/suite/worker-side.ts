import { epochMs, type StepResult, stepResult } from "./batch.ts";
import type { Plan } from "./session.ts";
import type { WorkerWord } from "./worker-child.ts";

/*
 * What worker processes of all engines share. Of their arguments, "--hold" makes the second task of every run go on for
 * ever, so that the process can be killed in the middle of it, and "--tell" only tells that it began.
 */
const isHolding = process.argv.includes("--hold");
const isTelling = isHolding || process.argv.includes("--tell");

function tell(word: WorkerWord): void {
  process.send?.(word);
}

/** Says that this process serves; it ends with the bench from now on. */
export function tellReady(): void {
  process.on("disconnect", () => process.exit(0));
  tell({ word: "ready" });
}

/** The body of a task, by its place in the run. */
export async function workStep(plan: Plan, index: number): Promise<StepResult> {
  if (isTelling && index === 1) tell({ word: "held", at: epochMs() });
  if (isHolding && index === 1) await new Promise<void>(() => undefined);
  return stepResult(plan);
}
