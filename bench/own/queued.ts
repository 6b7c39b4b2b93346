import type { Host } from "../../src/workers/host.ts";
import { fanOut } from "./fixtures/flows.ts";
import { type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openHost } from "./open-host.ts";
import { ownRun } from "./own-run.ts";
import { openSite } from "./site.ts";
import { WorkerProcess } from "./worker-process.ts";

export const queued: Workload = {
  name: "queued",
  about:
    "1,000 no-op tasks by `map`, run by two worker processes; the flow is in a third: `map` to the last result",
  figures: [{ name: "tasks", unit: "/s", target: { atLeast: 2_000 } }],
  run,
};

async function run(setup: Setup): Promise<Sample> {
  const site = await openSite(setup.durability);
  const flow = fanOut.spec.name;
  const host = await openHost({ store: site.store, flows: [flow], queues: [] });
  const workers = await Promise.all([
    WorkerProcess.start([flow, "bench"]),
    WorkerProcess.start([flow, "bench"]),
  ]);
  try {
    await warmUp(setup, 1, async () => fan(host, 300));
    const tasks = setup.isQuick ? 300 : 1_000;
    const ms = await fan(host, tasks);
    return { tasks: tasks / (ms / 1_000) };
  } finally {
    await Promise.all(workers.map(async (worker) => worker.stop()));
    await host.close();
    await site.close();
  }
}

/** One run of `fanOut` whose owner takes no tasks. @returns what it measured, ms */
async function fan(host: Host, count: number): Promise<number> {
  return Number(await ownRun(host, fanOut.spec, count));
}
