import { EngineError } from "../base/errors.ts";
import { lineLevelFromEnvironment, loggerFromEnvironment } from "../observe/logger.ts";
import type { MetricsAddress } from "../observe/serve-metrics.ts";
import { publishFlows } from "../redis/flow-cards.ts";
import { backgroundName, registerBackground } from "../sdk/background.ts";
import { displayOn } from "./display.ts";
import { toFlowCards } from "./flow-cards.ts";
import { Host } from "./host.ts";
import { Projector } from "./projector.ts";
import { openStore, settingsFromEnvironment } from "./settings.ts";
import { placeOf } from "./store-place.ts";
import { defaultWorkerOptions, queuesOf, Worker } from "./worker.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

export interface StartWorkerOptions {
  readonly flows: readonly string[]; // names; their code is loaded
  readonly sources: ReadonlyMap<string, string>; // flow -> the file that defines it, as far as that is known
  readonly queues: readonly string[]; // empty = each flow's own, and those that tasks name
  readonly concurrency: number | null; // attempts of queued tasks at the same time, per flow; null = default
  readonly metrics: MetricsAddress | null; // null = they are not served, and nothing is measured
  readonly projects: boolean; // keeps projections up to date when nobody else does
}

export interface RunningWorker {
  readonly id: string;
  readonly queues: readonly string[];
  readonly place: string; // where the log is, for people
  readonly namespace: string;
  readonly concurrency: number;
  readonly graceMs: number;
  readonly metricsUrl: string | null; // null = they are not served
  readonly runCount: () => number; // runs in memory
  /**
   * Takes nothing new, hands runs over, waits for tasks under way, at most the grace.
   * @returns false when tasks had to be given up; they are tried again elsewhere
   */
  stop(): Promise<boolean>;
}

const farewellMs = 5_000; // to leave the roster, after everything has ended

/**
 * Makes this process a worker; its lines go to stderr.
 * @throws EngineError FLOW_UNKNOWN when two flows share a name, PORT_UNAVAILABLE, or as `openStore`
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const measured = options.metrics === null ? null : await openMetrics(options.metrics);
  try {
    return await start(options, measured);
  } catch (error) {
    await measured?.server.close();
    throw error;
  }
}

/** The client of Prometheus takes its time to load. */
async function openMetrics(address: MetricsAddress): Promise<WorkerMetrics> {
  const { openWorkerMetrics } = await import("./worker-metrics.ts");
  return openWorkerMetrics(address);
}

async function start(
  { flows: own, sources, queues, concurrency, projects }: StartWorkerOptions,
  measured: WorkerMetrics | null,
): Promise<RunningWorker> {
  registerBackground();
  const flows = [...own, backgroundName]; // for the tasks that it knows
  const lanes = Object.fromEntries(flows.map((flow) => [flow, queuesOf(flow, queues)]));
  const logger = loggerFromEnvironment();
  const store = await openStore(settingsFromEnvironment());
  for (const warning of store.warnings) logger.warn(warning);
  const { redis, address, namespace, settings } = store;
  const allQueues = [...new Set(Object.values(lanes).flat())];
  const host = new Host({
    redis,
    address,
    namespace,
    payloadLimitBytes: settings.payloadLimitBytes,
    queues: allQueues,
    flows,
    isLocal: false,
    lanes,
    display: displayOn(logger),
    ...(measured === null ? {} : { watch: measured.metrics }),
    keepLinesFrom: settings.runLogs ? lineLevelFromEnvironment() : null,
  });
  const options = {
    ...defaultWorkerOptions,
    flows,
    queues,
    ...(concurrency === null ? {} : { concurrency }),
  };
  const worker = new Worker(host, options);
  measured?.watch(redis, () => worker.slots);
  await host.open();
  await publishFlows(redis, namespace.name, toFlowCards(own, sources));
  await worker.start();
  const { onStep } = measured ?? {};
  const projecting = { redis, address, namespace, worker: host.worker, onTrouble: host.display.trouble };
  const projector = new Projector({ ...projecting, ...(onStep === undefined ? {} : { onStep }) });
  if (projects) projector.start();
  return {
    id: host.worker,
    queues: allQueues,
    place: placeOf(settings),
    namespace: namespace.name,
    concurrency: options.concurrency,
    graceMs: options.graceMs,
    metricsUrl: measured?.server.url ?? null,
    runCount: () => host.runCount,
    stop: async () => {
      const isClean = await within(worker.stop(), options.graceMs + farewellMs);
      await within(Promise.all([host.close(), projector.stop()]), farewellMs);
      await measured?.server.close();
      await store.close();
      return isClean;
    },
  };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const text =
      "Redis does not answer. Others take over what this worker had, as soon as its lease has run out.";
    timer = setTimeout(() => reject(new EngineError("REDIS_UNAVAILABLE", text)), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
