import type { FlowSpec } from "../engine/specs.ts";
import { lineLevelFromEnvironment, loggerFromEnvironment } from "../observe/logger.ts";
import { displayOn } from "./display.ts";
import { Host } from "./host.ts";
import { defaultLimits, type RunLimits } from "./run-ports.ts";
import { openStore, type Store, settingsFromEnvironment } from "./settings.ts";
import { defaultWorkerOptions, queuesOf, Worker } from "./worker.ts";

/** A process as a host of its own runs. */
export interface Local {
  readonly host: Host;
  readonly store: Store;
  readonly worker: Worker;
}

/** Makes this process a host of its own runs of a flow. `queues`: those of the runs, where they differ from the flow's. */
export async function openLocal(spec: FlowSpec, queues: readonly string[]): Promise<Local> {
  const logger = loggerFromEnvironment();
  const store = await openStore(settingsFromEnvironment());
  for (const warning of store.warnings) logger.warn(warning);
  const host = new Host({
    redis: store.redis,
    address: store.address,
    namespace: store.namespace,
    payloadLimitBytes: store.settings.payloadLimitBytes,
    queues: [spec.queue],
    flows: [spec.name],
    isLocal: true,
    display: displayOn(logger),
    keepLinesFrom: store.settings.runLogs ? lineLevelFromEnvironment() : null,
  });
  await host.open();
  const worker = new Worker(host, {
    ...defaultWorkerOptions,
    flows: [spec.name],
    queues: queues.length === 0 ? [] : [...new Set([...queues, ...queuesOf(spec.name, [])])],
    limits: patient,
  });
  worker.sweep();
  const onTrouble = (error: unknown): void => host.display.trouble(error);
  host.onTaskHint = oncePerFlow((flow) => void worker.serveTasks([flow]).catch(onTrouble));
  host.others.onQueuedChild = oncePerFlow((flow) => void worker.serveRuns([flow]).catch(onTrouble));
  return { host, store, worker };
}

function oncePerFlow(serve: (flow: string) => void): (flow: string) => void {
  const served = new Set<string>();
  return (flow) => {
    if (served.has(flow)) return;
    served.add(flow);
    serve(flow);
  };
}

/** A script waits for its runs; they stay in memory. */
export const patient: RunLimits = { ...defaultLimits, parkAfterMs: null };

export async function closeLocal({ worker, host, store }: Local): Promise<void> {
  await worker.stop();
  await host.close();
  await store.close();
}
