import type { Host } from "../../src/workers/host.ts";
import { turns } from "./fixtures/flows.ts";
import { quantile, type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openHost } from "./open-host.ts";
import { ownRun } from "./own-run.ts";
import { openSite } from "./site.ts";
import { WorkerProcess } from "./worker-process.ts";

export const limits: Workload = {
  name: "limits",
  about:
    "300 tasks of 5 ms share one slot, on a queue of two worker processes, then in one process: the end of one to the begin of the next",
  figures: [
    { name: "queued p50", unit: "ms", target: { atMost: 10 } },
    { name: "queued p99", unit: "ms", target: null },
    { name: "inline p50", unit: "ms", target: { atMost: 10 } },
    { name: "inline p99", unit: "ms", target: null },
  ],
  run,
};

async function run(setup: Setup): Promise<Sample> {
  const site = await openSite(setup.durability);
  const flow = turns.spec.name;
  const host = await openHost({ store: site.store, flows: [flow], queues: [] });
  const workers = await Promise.all([
    WorkerProcess.start([flow, "bench"]),
    WorkerProcess.start([flow, "bench"]),
  ]);
  const count = setup.isQuick ? 100 : 300;
  try {
    await warmUp(setup, 1, async () => handOver(host, { count: 50, isQueued: true }));
    const queued = await handOver(host, { count, isQueued: true });
    await warmUp(setup, 1, async () => handOver(host, { count: 50, isQueued: false }));
    const inline = await handOver(host, { count, isQueued: false });
    return {
      "queued p50": quantile(queued, 0.5),
      "queued p99": quantile(queued, 0.99),
      "inline p50": quantile(inline, 0.5),
      "inline p99": quantile(inline, 0.99),
    };
  } finally {
    await Promise.all(workers.map(async (worker) => worker.stop()));
    await host.close();
    await site.close();
  }
}

/** One run of `turns`; its owner takes no tasks of the queue. */
async function handOver(
  host: Host,
  input: { readonly count: number; readonly isQueued: boolean },
): Promise<readonly number[]> {
  const gaps = await ownRun(host, turns.spec, input);
  return Array.isArray(gaps) ? gaps.map(Number) : [];
}
