import type { Host } from "../../src/workers/host.ts";
import { ownExistingRun, ownNewRun } from "../../src/workers/own-run.ts";
import { defaultLimits } from "../../src/workers/run-ports.ts";
import { stepsThenSleep } from "./fixtures/flows.ts";
import { quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { openHost } from "./open-host.ts";
import { openSite } from "./site.ts";

const lengths = [100, 1_000, 10_000] as const;

export const replay: Workload = {
  name: "replay",
  about:
    "claim, read and replay a history of n tasks that is not in memory, until the flow waits again (and parks)",
  figures: [
    { name: "100 tasks", unit: "ms", target: null },
    { name: "1000 tasks", unit: "ms", target: null },
    { name: "10000 tasks", unit: "ms", target: { atMost: 600 } },
  ],
  run,
};

/** The flow's sleep is far away: the run leaves memory as soon as it has been replayed. */
const impatient = { ...defaultLimits, parkAfterMs: 0 };

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  const host = await openHost({ store: site.store, flows: [stepsThenSleep.spec.name], queues: [] });
  try {
    const sample: Record<string, number> = {};
    for (const tasks of isQuick ? lengths.slice(0, 2) : lengths) {
      const recorded = await record(host, tasks);
      await timeReplay(host, recorded); // warm-up
      const times: number[] = [];
      for (let again = 0; again < 3; again += 1) times.push(await timeReplay(host, recorded));
      sample[`${tasks} tasks`] = quantile(times, 0.5);
    }
    return sample;
  } finally {
    await host.close();
    await site.close();
  }
}

async function record(host: Host, tasks: number): Promise<string> {
  const { spec } = stepsThenSleep;
  let id = "";
  const leave = await ownNewRun(host, spec, {
    flow: spec.name,
    input: tasks,
    queue: spec.queue,
    tags: [],
    name: null,
    source: null,
    limits: impatient,
    onCreated: (run) => {
      id = run;
    },
  });
  if (leave.how !== "parked") throw new Error(`The recorded run was to park, and is ${leave.how}.`);
  return id;
}

async function timeReplay(host: Host, run: string): Promise<number> {
  const began = performance.now();
  const { how } = await ownExistingRun(host, run, impatient);
  if (how !== "parked") throw new Error(`The replayed run was to park, and is ${how}.`);
  return performance.now() - began;
}
