import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../src/workers/client.ts";
import { held } from "./fixtures/flows.ts";
import { quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite } from "./site.ts";
import { WorkerProcess } from "./worker-process.ts";

const runsPerVictim = 5;
const limitMs = 30_000;

export const recovery: Workload = {
  name: "recovery",
  about:
    "kill -9 of 4 workers in the middle of tasks of 20 runs; death of each to the task's next start in another worker",
  figures: [
    { name: "p50", unit: "s", target: null },
    { name: "p99", unit: "s", target: { atMost: 6.5 } },
  ],
  run,
};

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  const client = new Client(site.store);
  const queues = Array.from({ length: isQuick ? 2 : 4 }, (_, index) => `bench-${index}`);
  const workers: WorkerProcess[] = [];
  try {
    const victims = await Promise.all(queues.map(async (queue) => startVictim(client, queue)));
    workers.push(...victims);
    // Only now, or it would have taken runs from the start. One of the victims has been elected to sweep.
    const survivor = await WorkerProcess.start([held.spec.name, ...queues]);
    workers.push(survivor);
    const times = await killAll(victims, survivor);
    return { p50: quantile(times, 0.5) / 1_000, p99: quantile(times, 0.99) / 1_000 };
  } finally {
    await Promise.all(workers.map(async (worker) => worker.end()));
    await client.close();
    await site.close();
  }
}

/** A worker that is in the middle of a task of each of its runs. */
async function startVictim(client: Client, queue: string): Promise<WorkerProcess> {
  const { spec } = held;
  const worker = await WorkerProcess.start([spec.name, queue, "--hold"]);
  const begun = heldIn(worker, runsPerVictim);
  for (let index = 0; index < runsPerVictim; index += 1) {
    const input = `${queue}/${index}`;
    await client.start({ flow: spec.name, input, queue, tags: [], name: null, source: null });
  }
  await begun;
  return worker;
}

/** Kills one after the other, at any moment of their leases. @returns how long each run stood still, ms */
async function killAll(
  victims: readonly WorkerProcess[],
  survivor: WorkerProcess,
): Promise<readonly number[]> {
  const rescues = heldIn(survivor, victims.length * runsPerVictim);
  const deaths = new Map<string, number>(); // by queue
  for (const [index, victim] of victims.entries()) {
    await pause(500 + Math.random() * 1_500);
    deaths.set(`bench-${index}`, victim.kill());
  }
  return [...(await rescues)].map(([mark, at]) => at - (deaths.get(mark.split("/")[0] ?? "") ?? Number.NaN));
}

/** Waits until a worker has begun so many tasks. @returns when each began, epoch ms, by the mark of its run */
async function heldIn(worker: WorkerProcess, count: number): Promise<ReadonlyMap<string, number>> {
  const begun = new Map<string, number>();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Only ${begun.size} of ${count} tasks began.`)), limitMs);
    worker.onHeld = (mark, at) => {
      begun.set(mark, at);
      if (begun.size < count) return;
      clearTimeout(timer);
      resolve(begun);
    };
  });
}
