import { type Job, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { type StepResult, stepResult } from "../suite/batch.ts";
import { tellReady, workStep } from "../suite/worker-side.ts";
import { type BenchJob, type ChainJob, concurrency, queueName, type StepsJob } from "./bullmq-jobs.ts";

/* The worker of the BullMQ engines, in a process of its own. Arguments: the socket of Redis, then queues. */
const [path = "", ...words] = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith("--"));
const connection = new Redis({ path, maxRetriesPerRequest: null });
const queues = new Map(
  (named.length === 0 ? [queueName] : named).map((name) => [name, new Queue<BenchJob>(name, { connection })]),
);

async function work(job: Job<BenchJob>): Promise<readonly number[] | StepResult> {
  const { data } = job;
  if (data.kind === "single") return stepResult(data.plan);
  return data.kind === "chain" ? link(job, data) : steps(job, data);
}

async function link(
  { queueName: own }: Job<BenchJob>,
  { run, plan, stamps }: ChainJob,
): Promise<readonly number[] | StepResult> {
  const result = await workStep(plan, stamps.length);
  const next = [...stamps, result.at];
  if (next.length === plan.tasks) return next;
  const data: ChainJob = { kind: "chain", run, plan, stamps: next };
  await queues.get(own)?.add("task", data, { jobId: `${run}-${next.length}` });
  return result;
}

/** Each step's end is stored before the next one begins. */
async function steps(job: Job<BenchJob>, data: StepsJob): Promise<readonly number[]> {
  const stamps = [...data.stamps];
  const pads: string[] = [];
  while (stamps.length < data.plan.tasks) {
    const { at, pad } = stepResult(data.plan);
    stamps.push(at);
    pads.push(pad);
    await job.updateData({ ...data, stamps, ...(data.plan.bytes > 0 ? { pads } : {}) });
  }
  return stamps;
}

for (const name of queues.keys()) {
  const worker = new Worker<BenchJob>(name, work, { connection, concurrency });
  worker.on("error", () => undefined); // Redis ends before this process does
  await worker.waitUntilReady();
}
tellReady();
