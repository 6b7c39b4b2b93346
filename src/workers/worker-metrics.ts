import { expose } from "../observe/exposition.ts";
import { packageVersion } from "../observe/package-version.ts";
import { createProcessMetrics, type ProcessMetrics, type Slots } from "../observe/process-metrics.ts";
import { type MetricsAddress, type MetricsServer, serveMetrics } from "../observe/serve-metrics.ts";
import type { Step } from "../redis/fold-shard.ts";
import { toEngineError } from "../redis/redis-error.ts";
import type { RedisConnection } from "../redis/script.ts";

type AllSlots = { readonly runs: Slots; readonly tasks: Slots };

/** What a worker tells of itself to Prometheus; loaded only when somebody asks for a port. */
export interface WorkerMetrics {
  readonly metrics: ProcessMetrics;
  readonly server: MetricsServer;
  readonly onStep: (step: Step, ms: number) => void; // for a projector
  /** From now on the slots of the worker are shown, and lost connections are counted. */
  watch(redis: RedisConnection, slots: () => AllSlots): void;
}

/** @throws EngineError PORT_UNAVAILABLE */
export async function openWorkerMetrics(address: MetricsAddress): Promise<WorkerMetrics> {
  const none = { used: 0, total: 0 };
  let slots = (): AllSlots => ({ runs: none, tasks: none });
  const metrics = createProcessMetrics({
    version: packageVersion(),
    component: "worker",
    slots: () => slots(),
  });
  const { registry } = metrics;
  const server = await serveMetrics(address, async (accept) =>
    expose({ registry, families: () => [] }, accept),
  );
  return {
    metrics,
    server,
    onStep: stepCounter(metrics),
    watch: (redis, ofWorker) => {
      slots = ofWorker;
      redis.on("error", (error: Error) => metrics.redisFailed(toEngineError(error)));
    },
  };
}

/** Counts what a projector does. */
export function stepCounter(metrics: ProcessMetrics): (step: Step, ms: number) => void {
  return ({ applied, known, aside }, ms) => {
    metrics.folded("applied", applied);
    metrics.folded("known", known);
    metrics.folded("set_aside", aside);
    metrics.stored(ms);
  };
}
