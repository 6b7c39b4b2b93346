import { connect } from "millrace";
import type { MillraceClient } from "../../src/sdk/client.ts";
import { quantile } from "../own/measure.ts";
import { openSite } from "../own/site.ts";
import { WorkerProcess } from "../own/worker-process.ts";
import type { Measured, OpenOptions, Plan } from "../suite/session.ts";
import { compared, comparedParked } from "./millrace-flows.ts";

const plan: Plan = { shape: "sequence", tasks: 4, bytes: 0, seed: 1 };
const timesTheLoad = 10;

/**
 * Two tenants, a queue each, share a worker process and a Redis in which runs are parked. The quiet one has one run at a
 * time; the noisy one always has ten.
 */
export async function mixed({ isQuick }: OpenOptions): Promise<Measured> {
  const site = await openSite("everysec");
  const client = await connect();
  const workers = await Promise.all([
    WorkerProcess.start([comparedParked.spec.name, "parked"]),
    WorkerProcess.start([compared.spec.name, "quiet", "noisy"]),
  ]);
  try {
    await park(client, isQuick ? 1_000 : 10_000);
    const runs = isQuick ? 100 : 300;
    await time(client, 50); // warm-up
    const alone = await time(client, runs);
    const noise = startNoise(client);
    const beside = await time(client, runs);
    await noise.stop();
    const [p99, p99Beside] = [quantile(alone, 0.99), quantile(beside, 0.99)];
    return {
      n: runs,
      figures: { "p99/alone": p99Beside / p99, "p99 alone": p99, "p99 beside": p99Beside },
    };
  } finally {
    await client.close();
    await Promise.all(workers.map(async (worker) => worker.end()));
    await site.close();
  }
}

/** Resolves when the last of them waits for its signal: its state says so. */
async function park(client: MillraceClient, count: number): Promise<void> {
  const inputs = Array.from({ length: count }, (_, index) => index);
  const runs = await client.startMany(comparedParked, inputs, { queue: "parked" });
  const last = runs.at(-1);
  if (last === undefined) throw new Error("No run was parked.");
  for (let isWaiting = false; !isWaiting; ) {
    const history = await last.history();
    isWaiting = history.some(({ type }) => type === "SignalAwaited");
  }
}

async function time(client: MillraceClient, runs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const began = performance.now();
    const run = await client.start(compared, plan, { queue: "quiet" });
    await run.result();
    times.push(performance.now() - began);
  }
  return times;
}

function startNoise(client: MillraceClient): { readonly stop: () => Promise<void> } {
  const state = { isOn: true };
  const lanes = Array.from({ length: timesTheLoad }, async () => {
    while (state.isOn) {
      const run = await client.start(compared, plan, { queue: "noisy" });
      await run.result();
    }
  });
  return {
    stop: async () => {
      state.isOn = false;
      await Promise.all(lanes);
    },
  };
}
