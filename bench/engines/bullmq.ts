import { createRequire } from "node:module";
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { programBeside } from "../own/program.ts";
import { openSite, type Site } from "../own/site.ts";
import { sharing } from "../suite/alone.ts";
import { runBatch } from "../suite/batch.ts";
import { redisBytes, redisPid, redisVersion } from "../suite/redis-facts.ts";
import type { Engine, Measured, OpenEngine, Plan } from "../suite/session.ts";
import { oneByOne } from "../suite/tenants.ts";
import { measureRecovery, startWorker, type WorkerChild } from "../suite/worker-child.ts";
import { type BenchJob, concurrency, queueName } from "./bullmq-jobs.ts";

const asJobs = "as `bullmq`";
const noReplay = "a job is begun again from its data; there is no history to replay";
const settings = `appendfsync everysec, unix socket, one worker process, concurrency ${concurrency}, finished jobs are kept`;
const parkedMs = 3_600_000; // longer than the bench
const noObserver = "events are the only record, and they are in the figures already";

/** Jobs, and no engine: what one builds a workflow from by hand. */
export const engine: Engine = {
  open: async ({ variant }) => open(variant === "steps"),
  alone: (variant) => (variant === "steps" ? {} : { B6: recovery, B9: sharing(apart) }),
  cannot: (variant) => ({
    ...(variant === "steps"
      ? {
          B3: "the pattern is one step after the other",
          B6: asJobs,
          B9: asJobs,
        }
      : {}),
    B5: "no signals; a delayed job is a timer",
    B8: noReplay,
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
      settings,
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
async function openJobs(path: string, name = queueName): Promise<Jobs> {
  const connection = new Redis({ path, maxRetriesPerRequest: null });
  const queue = new Queue<BenchJob>(name, { connection });
  const events = new QueueEvents(name, { connection: { path, maxRetriesPerRequest: null } });
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
  const file = programBeside(import.meta.url, "bullmq-worker");
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

/** A queue for each tenant, both served by one process; parked are delayed jobs of a third one. */
async function apart() {
  const site = await openSite("everysec");
  const path = socketOf(site);
  const worker = await startOne(site, "quiet", "noisy");
  const [quiet, noisy] = await Promise.all([openJobs(path, "quiet"), openJobs(path, "noisy")]);
  const connection = new Redis({ path, maxRetriesPerRequest: null });
  const parked = new Queue("parked", { connection });
  const runsOf =
    ({ chain }: Jobs): OpenEngine["runs"] =>
    async (batch) =>
      runBatch(batch, chain);
  return {
    about: { settings: `${settings}, a queue for each tenant` },
    tenants: {
      quiet: runsOf(quiet),
      noisy: runsOf(noisy),
      park: oneByOne(async (jobId) => parked.add("parked", {}, { jobId, delay: parkedMs })),
    },
    close: async () => {
      await Promise.all([quiet.close(), noisy.close(), parked.close()]);
      connection.disconnect();
      await worker.kill();
      await site.close();
    },
  };
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
