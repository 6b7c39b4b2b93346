import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../src/workers/client.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import { dozing, listening } from "./fixtures/flows.ts";
import { quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite, type Site } from "./site.ts";
import { WorkerProcess } from "./worker-process.ts";

const parkedAfterMs = 6_000; // a worker lets go of what has been idle for 5 s
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
  const site = await openSite(durability);
  const client = new Client(site.store);
  const scene = { site, client, isQuick };
  try {
    return { ...(await signals(scene)), ...(await bothSleeps(scene)), ...(await parked(scene)) };
  } finally {
    await client.close();
    await site.close();
  }
}

export interface Scene {
  readonly site: Site;
  readonly client: Client;
  readonly isQuick: boolean;
}

export async function signals({ client, isQuick }: Scene): Promise<Sample> {
  const worker = await WorkerProcess.start([listening.spec.name, "bench"]);
  try {
    const runs = await startMany(client, listening.spec.name, isQuick ? 200 : 1_000, (index) => index);
    await pause(parkedAfterMs);
    const times: number[] = [];
    for (const [index, id] of runs.slice(0, isQuick ? 50 : 200).entries()) {
      const woken = marked(worker, 1);
      const sentAt = Date.now();
      await sendSignal(client, { run: id, signal: "go", payload: index, key: null });
      times.push(...[...(await woken).values()].map((at) => at - sentAt));
    }
    return { "signal p50": quantile(times, 0.5), "signal p99": quantile(times, 0.99) };
  } finally {
    await worker.end();
  }
}

async function bothSleeps(scene: Scene): Promise<Sample> {
  const spread = await sleeps(scene, (index) => index);
  const atOnce = await sleeps(scene, () => 0);
  return {
    "sleeps late p50": spread.median,
    "sleeps late max": spread.worst,
    "at once late p50": atOnce.median,
    "at once late max": atOnce.worst,
  };
}

/** How late runs go on whose sleeps end `afterMs` after the same instant. */
export async function sleeps(
  { client, isQuick }: Scene,
  afterMs: (index: number) => number,
): Promise<{ readonly median: number; readonly worst: number }> {
  const worker = await WorkerProcess.start([dozing.spec.name, "bench"]);
  try {
    const count = isQuick ? 200 : 1_000;
    const dueAt = Date.now() + 20_000;
    const woken = marked(worker, count);
    const dueOf = (index: number): number => dueAt + afterMs(index);
    await startMany(client, dozing.spec.name, count, (index) => ({
      mark: String(index),
      dueAt: dueOf(index),
    }));
    const late = [...(await woken)].map(([mark, at]) => at - dueOf(Number(mark)));
    return { median: quantile(late, 0.5), worst: Math.max(...late) };
  } finally {
    await worker.end();
  }
}

async function parked({ client, isQuick }: Scene): Promise<Sample> {
  const worker = await WorkerProcess.start([listening.spec.name, "bench"]);
  try {
    await startMany(client, listening.spec.name, 1_000, (index) => index);
    const before = await settled(worker);
    await startMany(client, listening.spec.name, isQuick ? 2_000 : 10_000, (index) => index);
    return { "parked runs": ((await settled(worker)) - before) / 1024 / 1024 };
  } finally {
    await worker.end();
  }
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

async function startMany(
  client: Client,
  flow: string,
  count: number,
  input: (index: number) => unknown,
): Promise<readonly string[]> {
  const starts = Array.from({ length: count }, async (_, index) =>
    client.start({ flow, input: input(index), queue: "bench", tags: [], name: null, source: null }),
  );
  return (await Promise.all(starts)).map(({ run }) => run);
}

/** @returns when each of `count` runs went on, epoch ms, by its mark */
async function marked(worker: WorkerProcess, count: number): Promise<ReadonlyMap<string, number>> {
  const marks = new Map<string, number>();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Only ${marks.size} of ${count} runs went on.`)),
      limitMs,
    );
    worker.onHeld = (mark, at) => {
      marks.set(mark, at);
      if (marks.size < count) return;
      clearTimeout(timer);
      resolve(marks);
    };
  });
}
