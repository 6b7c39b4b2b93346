import { createLogger } from "../../src/observe/logger.ts";
import { displayOn } from "../../src/workers/display.ts";
import { Host } from "../../src/workers/host.ts";
import type { Store } from "../../src/workers/settings.ts";

interface HostPlan {
  readonly store: Store;
  readonly flows: readonly string[];
  readonly queues: readonly string[];
}

/** A silent process of its own that can own runs; close it before its store. */
export async function openHost({ store, flows, queues }: HostPlan): Promise<Host> {
  const { redis, address, namespace, settings } = store;
  const host = new Host({
    redis,
    address,
    namespace,
    payloadLimitBytes: settings.payloadLimitBytes,
    queues,
    flows,
    isLocal: false,
    display: displayOn(createLogger({ format: "silent", level: "error", isColored: false })),
  });
  await host.open();
  return host;
}
