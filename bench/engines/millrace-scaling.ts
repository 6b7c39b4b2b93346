import { connect } from "millrace";
import { startCluster } from "../../test/support/redis-cluster.ts";
import { startServer } from "../../test/support/redis-server.ts";
import { inFlight, warmUp } from "../own/measure.ts";
import { WorkerProcess } from "../own/worker-process.ts";
import type { Measured, OpenOptions, Plan } from "../suite/session.ts";
import { compared } from "./millrace-flows.ts";

const plan: Plan = { shape: "sequence", tasks: 10, bytes: 0, seed: 1 };
const together = 200;

interface Place {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** One client, one to four worker processes, 16 shards: on one server, then on three masters. */
export async function scaling({ isQuick }: OpenOptions): Promise<Measured> {
  const figures: Record<string, number> = {};
  const single = await startServer();
  for (const workers of [1, 2, 4])
    figures[workers === 1 ? "1 worker" : `${workers} workers`] = await tasksPerSecond(
      single.url,
      workers,
      isQuick,
    );
  await single.stop();
  const cluster = await startMasters();
  for (const workers of [2, 4])
    figures[`${workers} workers, 3 masters`] = await tasksPerSecond(cluster.url, workers, isQuick);
  await cluster.stop();
  return { figures, n: runsOf(isQuick) };
}

async function startMasters(): Promise<Place> {
  const { url, stop } = await startCluster(3);
  return { url: url.replace("redis://", "redis+cluster://"), stop };
}

const runsOf = (isQuick: boolean): number => (isQuick ? 300 : 1_000);

async function tasksPerSecond(url: string, workers: number, isQuick: boolean): Promise<number> {
  process.env["MILLRACE_REDIS_URL"] = url;
  process.env["MILLRACE_LOG_FORMAT"] = "silent";
  process.env["MILLRACE_NAMESPACE"] = `bench${workers}`;
  const client = await connect();
  const started = await Promise.all(
    Array.from({ length: workers }, async () => WorkerProcess.start([compared.spec.name, "default"])),
  );
  try {
    const once = async (): Promise<void> => {
      const run = await client.start(compared, plan);
      await run.result();
    };
    await warmUp({ isQuick }, together, once);
    const began = performance.now();
    const runs = runsOf(isQuick);
    await inFlight(runs, together, once);
    return (runs * plan.tasks) / ((performance.now() - began) / 1_000);
  } finally {
    await client.close();
    await Promise.all(started.map(async (worker) => worker.stop()));
    delete process.env["MILLRACE_REDIS_URL"];
    delete process.env["MILLRACE_NAMESPACE"];
  }
}
