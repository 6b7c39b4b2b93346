import { runBatch, stepResult } from "../suite/batch.ts";
import type { Engine, OpenEngine, Plan } from "../suite/session.ts";

const nothingKept = "nothing outlives the process";

async function step(plan: Plan): Promise<number> {
  return stepResult(plan).at;
}

async function run(plan: Plan): Promise<readonly number[]> {
  if (plan.shape === "fan") return Promise.all(Array.from({ length: plan.tasks }, async () => step(plan)));
  const stamps: number[] = [];
  for (let index = 0; index < plan.tasks; index += 1) stamps.push(await step(plan));
  return stamps;
}

/** The floor of floors: JavaScript alone. */
export const engine: Engine = {
  open: async (): Promise<OpenEngine> => ({
    about: { versions: {}, settings: "no store", load: "in the engine's process" },
    storePids: [],
    runs: async (batch) => runBatch(batch, run),
    storeBytes: null,
    close: async () => undefined,
  }),
  cannot: () => ({
    B5: nothingKept,
    B6: nothingKept,
    B7: nothingKept,
    B8: nothingKept,
    B9: "no queue",
    B10: "nothing to observe",
    S: "one process",
  }),
};
