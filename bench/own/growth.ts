import { manySteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { mean, type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openSite } from "./site.ts";

const tasks = 1_000;
const atEachEnd = 100;

export const growth: Workload = {
  name: "growth",
  about: "one run of 1,000 sequential inline tasks: does a step cost more the longer the history is?",
  figures: [
    { name: "last/first", unit: "x", target: { atMost: 1.2 } }, // mean gap of the last 100 by that of the first 100
    { name: "gap", unit: "ms", target: null },
    { name: "whole run", unit: "ms", target: null },
  ],
  run,
};

async function run(setup: Setup): Promise<Sample> {
  const site = await openSite(setup.durability);
  try {
    return await whileOpen(async () => {
      await warmUp(setup, 1, async () => manySteps(tasks));
      const began = performance.now();
      const gaps = await manySteps(tasks);
      return {
        "last/first": mean(gaps.slice(-atEachEnd)) / mean(gaps.slice(0, atEachEnd)),
        gap: mean(gaps),
        "whole run": performance.now() - began,
      };
    });
  } finally {
    await site.close();
  }
}
