import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { openSite, type Site } from "../own/site.ts";
import { runBatch } from "../suite/batch.ts";
import { redisBytes, redisPid, redisVersion } from "../suite/redis-facts.ts";
import type { Engine, Measured, OpenEngine, Plan } from "../suite/session.ts";
import { measureRecovery, startWorker, type WorkerChild } from "../suite/worker-child.ts";
import { type BenchJob, concurrency, queueName } from "./bullmq-jobs.ts";

const noReplay = "a job is begun again from its data; there is no history to replay";
const noObserver = "events are the only record, and they are in the figures already";

/** Jobs, and no engine: what one builds a workflow from by hand. */
export const engine: Engine = {
  open: async ({ variant }) => open(variant === "steps"),
  alone: (variant) => (variant === "steps" ? {} : { B6: recovery }),
  cannot: (variant) => ({
    ...(variant === "steps" ? { B3: "the pattern is one step after the other", B6: "as `bullmq`" } : {}),
    B5: "no signals; a delayed job is a timer",
    B8: noReplay,
    B9: "not written for this engine",
    B10: noObserver,
    S: "not written for this engine",
  }),
};

async function open(isSteps: boolean): Promise<OpenEngine> {
  const site = await openSite("everysec");
  const { redis } = site.store;
  const worker = await startOne(site);
  const jobs = await openJobs(socketOf(site));
  return {
    about: {
      versions: { bullmq: bullmqVersion(), redis: await redisVersion(redis) },
      settings: `appendfsync everysec, unix socket, one worker process, concurrency ${concurrency}, finished jobs are kept`,
      load: "in a process of its own",
    },
    storePids: [await redisPid(redis)],
    runs: async (batch) =>
      runBatch(batch, async (plan) => {
        if (plan.shape === "fan") return jobs.fan(plan);
        return isSteps ? jobs.steps(plan) : jobs.chain(plan);
      }),
    storeBytes: async () => redisBytes(redis),
    close: async () => {
      await jobs.close();
      await worker.kill();
      await site.close();
    },
  };
}

interface Jobs {
  readonly chain: (plan: Plan) => Promise<readonly number[]>;
  readonly steps: (plan: Plan) => Promise<readonly number[]>;
  readonly fan: (plan: Plan) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

/** The client: adds jobs, and hears of their ends by the queue's events. */
async function openJobs(path: string): Promise<Jobs> {
  const connection = new Redis({ path, maxRetriesPerRequest: null });
  const queue = new Queue<BenchJob>(queueName, { connection });
  const events = new QueueEvents(queueName, { connection: { path, maxRetriesPerRequest: null } });
  events.on("error", () => undefined);
  const waiting = new Map<string, (result: unknown) => void>();
  events.on("completed", ({ jobId, returnvalue }) => {
    waiting.get(jobId)?.(returnvalue);
    waiting.delete(jobId);
  });
  await events.waitUntilReady();
  let made = 0;
  const ended = async (id: string): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(id, resolve);
    });
  return {
    chain: async (plan) => {
      made += 1;
      const run = `r${made}`;
      const last = ended(`${run}-${plan.tasks - 1}`);
      await queue.add("task", { kind: "chain", run, plan, stamps: [] }, { jobId: `${run}-0` });
      return toStamps(await last);
    },
    steps: async (plan) => {
      made += 1;
      const last = ended(`s${made}`);
      await queue.add("run", { kind: "steps", plan, stamps: [] }, { jobId: `s${made}` });
      return toStamps(await last);
    },
    fan: async (plan) => {
      made += 1;
      const ids = Array.from({ length: plan.tasks }, (_, index) => `f${made}-${index}`);
      const all = ids.map(ended);
      await queue.addBulk(
        ids.map((jobId) => ({ name: "task", data: { kind: "single", plan }, opts: { jobId } })),
      );
      return (await Promise.all(all)).map(toStamp);
    },
    close: async () => {
      await events.close();
      await queue.close();
      connection.disconnect();
    },
  };
}

const toStamps = (value: unknown): readonly number[] => (Array.isArray(value) ? value.map(Number) : []);

const toStamp = (value: unknown): number =>
  typeof value === "object" && value !== null && "at" in value ? Number(value.at) : Number.NaN;

async function startOne(site: Site, ...words: readonly string[]): Promise<WorkerChild> {
  const file = fileURLToPath(new URL("./bullmq-worker.ts", import.meta.url));
  return startWorker({ file, args: [socketOf(site), ...words] });
}

/** With BullMQ's own settings for locks (30 s) and for the look at stalled jobs (30 s). */
async function recovery(): Promise<Measured> {
  const site = await openSite("everysec");
  const jobs = await openJobs(socketOf(site));
  const plan: Plan = { shape: "sequence", tasks: 3, bytes: 0, seed: 1 };
  const measured = await measureRecovery({
    runs: 10,
    start: async (word) => startOne(site, word),
    begin: async () => jobs.chain(plan),
    takesOver: "alive",
  });
  await jobs.close();
  await site.close();
  return measured;
}

function socketOf({ store }: Site): string {
  const { address } = store;
  if (address.kind !== "socket") throw new Error("The bench's Redis is on a socket.");
  return address.path;
}

function bullmqVersion(): string {
  const own: unknown = createRequire(import.meta.url)("bullmq/package.json");
  return typeof own === "object" && own !== null && "version" in own ? String(own.version) : "unknown";
}
