import { inFlight } from "../own/measure.ts";
import type { Batch, Plan, RunRecord } from "./session.ts";

export const epochMs = (): number => performance.timeOrigin + performance.now();

/** What a task of every engine gives: when it ran, and some text. */
export interface StepResult {
  readonly at: number;
  readonly pad: string;
}

/** The body of a task of every engine: nothing but this. */
export function stepResult({ bytes, seed }: Pick<Plan, "bytes" | "seed">): StepResult {
  return { at: epochMs(), pad: padOf(seed, bytes) };
}

/** Text that no store can shrink to nothing; the same for the same seed (a linear congruential generator). */
export function padOf(seed: number, bytes: number): string {
  let state = seed >>> 0;
  let text = "";
  while (text.length < bytes) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36).padStart(7, "0");
  }
  return text.slice(0, bytes);
}

/** Runs a batch: `once` does one run of the plan, and gives the stamps of its tasks. */
export async function runBatch(
  { plan, count, inFlight: lanes, budgetMs }: Batch,
  once: (plan: Plan, index: number) => Promise<readonly number[]>,
): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  const began = performance.now();
  await inFlight(count, lanes, async (index) => {
    const startedAt = epochMs();
    if (performance.now() - began > budgetMs) return;
    const stamps = await once(plan, index);
    if (stamps.length !== plan.tasks)
      throw new Error(`A run of ${plan.tasks} tasks gave the stamps of ${stamps.length}.`);
    records.push({ startedAt, ms: epochMs() - startedAt, stamps });
  });
  return records;
}
