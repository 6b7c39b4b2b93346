import { setTimeout as pause } from "node:timers/promises";
import type { Durability } from "../../src/redis/embedded.ts";
import { Client } from "../../src/workers/client.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import { parkedAfterMs, signals, sleeps, startsAtOnce, type Waiters, type WaitPlan } from "../suite/wake.ts";
import { waits } from "./fixtures/flows.ts";
import { inFlight, quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite } from "./site.ts";
import { WorkerProcess } from "./worker-process.ts";

const limitMs = 60_000;

/** Runs that wait: what they cost, and how fast they go on. */
export const waiting: Workload = {
  name: "waiting",
  about:
    "1,000 parked runs of one worker: 200 get a signal, one after the other (sent to the first line after the await); " +
    "1,000 sleeps that are due in the same second, one each millisecond, and 1,000 that are due in the same instant; resident memory of the worker for 10,000 parked runs",
  figures: [
    { name: "signal p50", unit: "ms", target: { atMost: 5 } },
    { name: "signal p99", unit: "ms", target: { atMost: 30 } },
    { name: "sleeps late p50", unit: "ms", target: { atMost: 50 } },
    { name: "sleeps late max", unit: "ms", target: { atMost: 1_000 } },
    { name: "at once late p50", unit: "ms", target: null },
    { name: "at once late max", unit: "ms", target: { atMost: 1_000 } },
    { name: "parked runs", unit: "MB", target: { atMost: 50 } }, // growth of the worker's resident memory
  ],
  run,
};

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const sample: Record<string, number> = {};
  for (const measure of [signalled, bothSleeps, parked]) {
    const opened = await openWaiting(durability);
    try {
      Object.assign(sample, await measure(opened, isQuick));
    } finally {
      await opened.close();
    }
  }
  return sample;
}

interface Waiting {
  readonly waiters: Waiters;
  readonly worker: WorkerProcess;
  readonly close: () => Promise<void>;
}

/** Runs that wait in a worker process, in a Redis of their own. */
export async function openWaiting(durability: Durability): Promise<Waiting> {
  const site = await openSite(durability);
  const client = new Client(site.store);
  const worker = await WorkerProcess.start([waits.spec.name, "bench"]);
  return {
    waiters: waitersOf(client, worker),
    worker,
    close: async () => {
      await worker.end();
      await client.close();
      await site.close();
    },
  };
}

function waitersOf(client: Client, worker: WorkerProcess): Waiters {
  const runs = new Map<string, string>();
  const start = async (name: string, dueAt: number | null): Promise<void> => {
    const input: WaitPlan = { name, dueAt };
    const plan = { flow: waits.spec.name, input, queue: "bench", tags: [], name: null, source: null };
    runs.set(name, (await client.start(plan)).run);
  };
  return {
    park: async (name) => start(name, null),
    signal: async (name) =>
      sendSignal(client, { run: runs.get(name) ?? "", signal: "go", payload: null, key: null }),
    doze: start,
    wentOn: heardFrom(worker),
  };
}

/** When runs went on, by their names, as the worker tells it. */
function heardFrom(worker: WorkerProcess): Waiters["wentOn"] {
  const told = new Map<string, number>();
  const awaited = new Map<string, (at: number) => void>();
  worker.onHeld = (name, at) => {
    told.set(name, at);
    awaited.get(name)?.(at);
  };
  return async (name) => {
    const at = told.get(name);
    if (at !== undefined) return at;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The run ${name} did not go on.`)), limitMs);
      awaited.set(name, (at) => {
        clearTimeout(timer);
        resolve(at);
      });
    });
  };
}

async function signalled({ waiters }: Waiting, isQuick: boolean): Promise<Sample> {
  const times = await signals(waiters, isQuick);
  return { "signal p50": quantile(times, 0.5), "signal p99": quantile(times, 0.99) };
}

async function bothSleeps({ waiters }: Waiting, isQuick: boolean): Promise<Sample> {
  const spread = await sleeps(waiters, isQuick, (index) => index);
  const atOnce = await sleeps(waiters, isQuick, () => 0);
  return {
    "sleeps late p50": quantile(spread, 0.5),
    "sleeps late max": Math.max(...spread),
    "at once late p50": quantile(atOnce, 0.5),
    "at once late max": Math.max(...atOnce),
  };
}

async function parked({ waiters, worker }: Waiting, isQuick: boolean): Promise<Sample> {
  const park = async (count: number): Promise<void> =>
    inFlight(count, startsAtOnce, async (index) => {
      await waiters.park(`${count}-${index}`);
    });
  await park(1_000);
  const before = await settled(worker);
  await park(isQuick ? 2_000 : 10_000);
  return { "parked runs": ((await settled(worker)) - before) / 1024 / 1024 };
}

/** Memory of a worker that has let go of what is idle: it stays the same, to a megabyte, for as long as it takes to park a run. */
async function settled(worker: WorkerProcess): Promise<number> {
  for (let left = limitMs / parkedAfterMs, before = 0; left > 0; left -= 1) {
    await pause(parkedAfterMs);
    const now = await worker.residentBytes();
    if (Math.abs(now - before) < 1024 * 1024) return now;
    before = now;
  }
  throw new Error("The memory of the worker does not settle.");
}
