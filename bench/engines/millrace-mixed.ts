import { setTimeout as pause } from "node:timers/promises";
import { connect } from "millrace";
import type { MillraceClient } from "../../src/sdk/client.ts";
import { openSite } from "../own/site.ts";
import { WorkerProcess } from "../own/worker-process.ts";
import { runBatch } from "../suite/batch.ts";
import type { OpenEngine } from "../suite/session.ts";
import { compared, comparedParked } from "./millrace-flows.ts";

/**
 * Two tenants, a queue each, share a worker process and a Redis in which runs are parked. The quiet one has one run at a
 * time; the noisy one always has ten.
 */
export async function openMixed() {
  const site = await openSite("everysec");
  const client = await connect();
  const workers = await Promise.all([
    WorkerProcess.start([comparedParked.spec.name, "parked"]),
    WorkerProcess.start([compared.spec.name, "quiet", "noisy"]),
  ]);
  const runsIn =
    (queue: string): OpenEngine["runs"] =>
    async (batch) =>
      runBatch(batch, async (plan) => {
        const run = await client.start(compared, plan, { queue });
        return run.result();
      });
  const park = async (names: readonly string[]): Promise<void> => parkAll(client, names);
  return {
    about: { settings: "appendfsync everysec, one worker process for both tenants, one for what is parked" },
    tenants: { quiet: runsIn("quiet"), noisy: runsIn("noisy"), park },
    close: async () => {
      await client.close();
      await Promise.all(workers.map(async (worker) => worker.end()));
      await site.close();
    },
  };
}

/** Resolves when the last of them waits for its signal: its state says so. */
async function parkAll(client: MillraceClient, names: readonly string[]): Promise<void> {
  const runs = await client.startMany(comparedParked, names, { queue: "parked" });
  const last = runs.at(-1);
  if (last === undefined) throw new Error("No run was parked.");
  for (let isWaiting = false; !isWaiting; ) {
    await pause(20);
    const history = await last.history();
    isWaiting = history.some(({ type }) => type === "SignalAwaited");
  }
}
