import { loggerFromEnvironment } from "../observe/logger.ts";
import { packageVersion } from "../observe/package-version.ts";
import { createProcessMetrics } from "../observe/process-metrics.ts";
import { type MetricsAddress, type MetricsServer, serveMetrics } from "../observe/serve-metrics.ts";
import { toEngineError } from "../redis/redis-error.ts";
import { displayOn } from "./display.ts";
import { Exporter } from "./exporter.ts";
import { newId } from "./ids.ts";
import { redisSource } from "./metric-source.ts";
import { Projector } from "./projector.ts";
import { Queues } from "./queues.ts";
import { openStore, type Store, settingsFromEnvironment } from "./settings.ts";
import { placeOf } from "./store-place.ts";
import { stepCounter } from "./worker-metrics.ts";

const farewellMs = 2_000; // Redis may be away: whatever is not said then is found out by others

export interface RunningExporter {
  readonly url: string; // of /metrics
  readonly place: string; // where the log is, for people
  readonly namespace: string;
  stop(): Promise<void>;
}

/**
 * Serves the metrics of a namespace, and keeps its projections up to date if nobody else does.
 * @throws EngineError PORT_UNAVAILABLE, or as `openStore`
 */
export async function startExporter(address: MetricsAddress): Promise<RunningExporter> {
  const store = await openStore(settingsFromEnvironment());
  try {
    return await start(store, address);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function start(store: Store, address: MetricsAddress): Promise<RunningExporter> {
  const { redis, namespace, settings } = store;
  const logger = loggerFromEnvironment();
  for (const warning of store.warnings) logger.warn(warning);
  const { trouble: onTrouble } = displayOn(logger);
  const metrics = createProcessMetrics({ version: packageVersion(), component: "exporter", slots: null });
  redis.on("error", (error: Error) => metrics.redisFailed(toEngineError(error)));
  const queues = new Queues(redis, store.address, namespace.name);
  const source = redisSource(store, queues);
  const exporter = new Exporter({ namespace: namespace.name, source, metrics, onTrouble });
  const server: MetricsServer = await serveMetrics(address, async (accept) => exporter.expose(accept));
  const worker = newId().slice(-12).toLowerCase();
  const { address: redisAddress } = store;
  const onStep = stepCounter(metrics);
  const projector = new Projector({ redis, address: redisAddress, namespace, worker, onTrouble, onStep });
  projector.start();
  await exporter.start();
  return {
    url: server.url,
    place: placeOf(settings),
    namespace: namespace.name,
    stop: async () => {
      await server.close();
      await atMost(farewellMs, Promise.all([exporter.stop(), projector.stop()]));
      await atMost(farewellMs, queues.close());
      await store.close();
    },
  };
}

/** Waits for `work`, but not for long; what fails then is of no interest any more. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
