import { createRequire } from "node:module";
import { connect } from "millrace";
import type { Durability } from "../../src/redis/embedded.ts";
import type { Host } from "../../src/workers/host.ts";
import { openHost } from "../own/open-host.ts";
import { ownRun } from "../own/own-run.ts";
import { openSite, type Site } from "../own/site.ts";
import { WorkerProcess } from "../own/worker-process.ts";
import { runBatch } from "../suite/batch.ts";
import { redisBytes, redisPid, redisVersion } from "../suite/redis-facts.ts";
import type { About, Batch, Engine, OpenEngine, Plan, RunRecord } from "../suite/session.ts";
import { alone } from "./millrace-alone.ts";
import { compared, comparedQueued } from "./millrace-flows.ts";

/** Who runs the flows: the caller's process, a worker, or the caller's with tasks on a worker. */
interface Way {
  readonly settings: string;
  readonly load: About["load"];
  readonly run: (plan: Plan) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

const queuedTasks = 100; // at a time in the worker, as BullMQ is given

export const engine: Engine = {
  open: async ({ variant }) => open(variant),
  alone: (variant) => (variant === "" ? alone : {}),
  cannot: (variant) => (variant === "" ? {} : onlyOnce),
};

const once = "measured as `millrace`";
const onlyOnce = { B5: once, B6: once, B8: once, B9: once, B10: once, S: once };

async function open(variant: string): Promise<OpenEngine> {
  const durability: Durability = variant === "always" ? "always" : "everysec";
  const site = await openSite(durability);
  const way = await openWay(variant, site);
  const { redis } = site.store;
  return {
    about: {
      versions: { millrace: ownVersion(), redis: await redisVersion(redis) },
      settings: `appendfsync ${durability}, unix socket, ${way.settings}`,
      load: way.load,
    },
    storePids: [await redisPid(redis)],
    runs: async (batch: Batch): Promise<readonly RunRecord[]> => runBatch(batch, way.run),
    storeBytes: async () => redisBytes(redis),
    close: async () => {
      await way.close();
      await site.close();
    },
  };
}

async function openWay(variant: string, site: Site): Promise<Way> {
  if (variant === "worker") return openOnWorker();
  if (variant === "queued") return openQueued(site);
  return here;
}

/** `await flow()`: what a script or a server does. */
const here: Way = {
  settings: "one process, `await flow()`",
  load: "in the engine's process",
  run: async (plan) => compared(plan),
  close: async () => undefined,
};

/** A client starts runs and waits for their results; one worker process runs them. */
async function openOnWorker(): Promise<Way> {
  const worker = await WorkerProcess.start([compared.spec.name, "default"]);
  const client = await connect();
  return {
    settings: "one worker process, `client.start()` and `run.result()`",
    load: "in a process of its own",
    run: async (plan) => {
      const run = await client.start(compared, plan);
      return run.result();
    },
    close: async () => {
      await client.close();
      await worker.stop();
    },
  };
}

/** The runs live here, and their tasks in a worker process. */
async function openQueued({ store }: Site): Promise<Way> {
  const flow = comparedQueued.spec.name;
  const host = await openHost({ store, flows: [flow], queues: [] });
  const worker = await WorkerProcess.start([flow, "bench-tasks", `--tasks=${queuedTasks}`]);
  return {
    settings: `tasks submitted to one worker process, ${queuedTasks} at a time`,
    load: "in a process of its own",
    run: async (plan) => runQueued(host, plan),
    close: async () => {
      await worker.stop();
      await host.close();
    },
  };
}

async function runQueued(host: Host, plan: Plan): Promise<readonly number[]> {
  const stamps = await ownRun(host, comparedQueued.spec, plan, "default");
  return Array.isArray(stamps) ? stamps.map(Number) : [];
}

function ownVersion(): string {
  const own: unknown = createRequire(import.meta.url)("../../package.json");
  return typeof own === "object" && own !== null && "version" in own ? String(own.version) : "unknown";
}
