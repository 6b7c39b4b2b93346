import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import type { Batch, OpenEngine, Plan, RunRecord } from "./session.ts";

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

const breathEveryMs = 50;

/** A turn of the event loop, for all lanes the same: where nothing waits for a store, no timer would come to its turn. */
function breathing(): () => Promise<void> | null {
  let [last, turn]: [number, Promise<void> | null] = [performance.now(), null];
  const take = async (): Promise<void> => {
    await turnOfTheLoop();
    [last, turn] = [performance.now(), null];
  };
  return () => {
    if (performance.now() - last > breathEveryMs) turn ??= take();
    return turn;
  };
}

/** Runs a batch: `once` does one run of the plan, and gives the stamps of its tasks. */
export async function runBatch(
  { plan, count, inFlight: lanes, budgetMs }: Batch,
  once: (plan: Plan, index: number) => Promise<readonly number[]>,
): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  const began = performance.now();
  let begun = 0;
  const breath = breathing();
  const lane = async (): Promise<void> => {
    while (begun < count && performance.now() - began <= budgetMs) {
      const index = begun;
      begun += 1;
      const pause = breath();
      if (pause !== null) await pause;
      const startedAt = epochMs();
      const stamps = await once(plan, index);
      if (stamps.length !== plan.tasks)
        throw new Error(`A run of ${plan.tasks} tasks gave the stamps of ${stamps.length}.`);
      records.push({ startedAt, ms: epochMs() - startedAt, stamps });
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, lanes) }, lane));
  return records;
}

export const noLimit = Number.MAX_SAFE_INTEGER; // runs: time is the bound

/** How long to go on: for so long, and longer where that gave fewer than wanted. */
export interface Bounds {
  readonly wanted: number; // runs, so that a p99 means something; a slow engine has fewer
  readonly leastMs: number;
  readonly mostMs: number; // no run begins later
}

/** One run after the other. */
export async function oneAtATime(
  runs: OpenEngine["runs"],
  plan: Plan,
  { wanted, leastMs, mostMs }: Bounds,
): Promise<readonly RunRecord[]> {
  const batch: Batch = { plan, count: noLimit, inFlight: 1, budgetMs: leastMs };
  const records = [...(await runs(batch))];
  const count = wanted - records.length;
  if (count > 0) records.push(...(await runs({ ...batch, count, budgetMs: mostMs - leastMs })));
  return records;
}
