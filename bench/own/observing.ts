import { fork } from "node:child_process";
import { once } from "node:events";
import { RunCreated } from "../../src/events/run-events.ts";
import { RedisLog } from "../../src/redis/redis-log.ts";
import { newId } from "../../src/workers/ids.ts";
import { catchUp, foldedPosition } from "../../src/workers/projections.ts";
import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { inFlight, quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { loaderOptions, programBeside } from "./program.ts";
import { openSite, type Site } from "./site.ts";

export const observing: Workload = {
  name: "observing",
  about: "What projections cost: a projector in a process of its own beside runs of 10 tasks",
  figures: [
    { name: "alone", unit: "tasks/s", target: null },
    { name: "observed", unit: "tasks/s", target: null },
    { name: "cost", unit: "%", target: { atMost: 30 } },
    { name: "lag p50", unit: "ms", target: null }, // of documents behind the log, at about 2,000 events/s
    { name: "lag p99", unit: "ms", target: { atMost: 200 } },
  ],
  run,
};

const program = programBeside(import.meta.url, "bench-projector");
const eventsOfRun = 33;
const pacedPerSecond = 2_000;
const probeEveryMs = 50;

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  try {
    return await whileOpen(async () => {
      const runs = isQuick ? 500 : 2_000;
      await tasksPerSecond(runs); // else the second one is faster only as its code is compiled
      const alone = await tasksPerSecond(runs);
      const stop = await startProjector();
      await catchUp(site.store);
      const observed = await tasksPerSecond(runs);
      await catchUp(site.store);
      const lags = await measureLag(site, isQuick ? 3_000 : 10_000);
      await stop();
      return {
        alone,
        observed,
        cost: (1 - observed / alone) * 100,
        "lag p50": quantile(lags, 0.5),
        "lag p99": quantile(lags, 0.99),
      };
    });
  } finally {
    await site.close();
  }
}

async function tasksPerSecond(runs: number): Promise<number> {
  const startedAt = performance.now();
  await inFlight(runs, 100, async (index) => {
    await tenSteps(index);
  });
  return (runs * 10_000) / (performance.now() - startedAt);
}

/** @returns the way to stop it */
async function startProjector(): Promise<() => Promise<void>> {
  const child = fork(program, [], {
    execArgv: [...loaderOptions],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  return async () => {
    const ended = once(child, "exit");
    child.send("stop");
    await ended;
  };
}

/** How long events took to be in the documents while runs came steadily; ms. */
async function measureLag({ store }: Site, ms: number): Promise<readonly number[]> {
  const log = new RedisLog(store.redis, store.namespace);
  const lags: number[] = [];
  const open: Promise<unknown>[] = [];
  const startedAt = performance.now();
  const pace = setInterval(() => open.push(tenSteps(0)), (1_000 * eventsOfRun) / pacedPerSecond);
  while (performance.now() - startedAt < ms) {
    lags.push(await probe(store, log));
    await pause(probeEveryMs);
  }
  clearInterval(pace);
  await Promise.all(open);
  return lags;
}

async function probe(store: Site["store"], log: RedisLog): Promise<number> {
  const run = newId();
  const none = {
    root: null,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  };
  const created = { flow: "bench_probe", name: "probe", queue: "nobody", tags: [], createdAt: 0, ...none };
  const events = [RunCreated.make({ ...created, input: new Uint8Array([0xc0]) })];
  await log.create({ run, actor: "client:bench", events, owner: null, ends: false, dueInMs: 3_600_000 });
  const recordedAt = performance.now();
  while ((await foldedPosition(store, run)) === 0) await pause(2);
  return performance.now() - recordedAt;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
