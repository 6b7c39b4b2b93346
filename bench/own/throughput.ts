import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { cpuSecondsSince, inFlight, type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openSite, redisCpuSeconds, type Site } from "./site.ts";

const tasksPerRun = 10;
const together = 100;

export const throughput: Workload = {
  name: "throughput",
  about: "2,000 runs of 10 inline no-op tasks, 100 in flight, one process",
  figures: [
    { name: "tasks", unit: "/s", target: { atLeast: 8_000 } },
    { name: "cpu node", unit: "s/1000 tasks", target: null },
    { name: "cpu redis", unit: "s/1000 tasks", target: null },
  ],
  run,
};

async function run(setup: Setup): Promise<Sample> {
  const site = await openSite(setup.durability);
  try {
    return await whileOpen(async () => {
      await warmUp(setup, together, async () => tenSteps(0));
      return measure(site, setup.isQuick ? 500 : 2_000);
    });
  } finally {
    await site.close();
  }
}

async function measure({ store }: Site, runs: number): Promise<Sample> {
  const redisBefore = await redisCpuSeconds(store.redis);
  const nodeBefore = process.cpuUsage();
  const began = performance.now();
  await inFlight(runs, together, once);
  const seconds = (performance.now() - began) / 1_000;
  const thousands = (runs * tasksPerRun) / 1_000;
  return {
    tasks: (runs * tasksPerRun) / seconds,
    "cpu node": cpuSecondsSince(nodeBefore) / thousands,
    "cpu redis": ((await redisCpuSeconds(store.redis)) - redisBefore) / thousands,
  };
}

async function once(index: number): Promise<void> {
  await tenSteps(index);
}
