import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { quantile, type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openSite } from "./site.ts";

export const sequential: Workload = {
  name: "sequential",
  about: "10 inline no-op tasks, one run at a time, in an open process: `await flow()` to its result",
  figures: [
    { name: "p50", unit: "ms", target: { atMost: 4 } },
    { name: "p99", unit: "ms", target: { atMost: 15 } },
  ],
  run,
};

async function run(setup: Setup): Promise<Sample> {
  const site = await openSite(setup.durability);
  try {
    return await whileOpen(async () => {
      await warmUp(setup, 1, async () => tenSteps(0));
      const times = await time(setup.isQuick ? 100 : 300);
      return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
    });
  } finally {
    await site.close();
  }
}

async function time(count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await tenSteps(index);
    times.push(performance.now() - began);
  }
  return times;
}
