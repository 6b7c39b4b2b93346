import { randomUUID } from "node:crypto";
import type { ConnectionOptions, Job, Queue } from "bullmq";
import { groupBy } from "../base/group-by.ts";
import { openConnection, type RedisAddress } from "../redis/connect.ts";
import { queueKey } from "../redis/keys.ts";
import { toEngineError } from "../redis/redis-error.ts";
import type { RedisConnection } from "../redis/script.ts";
import { isBundle, type TaskBundle } from "./bundles.ts";
import {
  type HintJob,
  hintOptions,
  laneOf,
  otherId,
  type RunHint,
  toFirstJob,
  toRestJobs,
  toRunJob,
  toTaskJobs,
} from "./hint-jobs.ts";
import { type LaneDepth, readDepth } from "./lane-depth.ts";
import type { TaskHint } from "./run-ports.ts";

/** What a consumer does with one hint; false = not now, offer it again later; a hint = offer this one, at once. */
export type Consume<Hint> = (hint: Hint) => Promise<boolean | Hint>;

export interface Consumer {
  /** Takes no more hints, and waits for those under way. */
  close(): Promise<void>;
}

interface ConsumeOptions<Hint> {
  readonly queue: string;
  readonly flow: string;
  readonly concurrency: number;
  readonly consume: Consume<Hint>;
  readonly onTrouble: (error: unknown) => void;
}

interface ConsumeTasks extends ConsumeOptions<TaskHint> {
  readonly takeBundle: (hints: readonly TaskHint[]) => Promise<void>;
}

export type Lane = "runs" | "tasks";

interface LaneName {
  readonly lane: Lane;
  readonly queue: string;
  readonly flow: string;
}

// A worker may die between taking a hint and writing anything to the log: only BullMQ knows then, and offers the hint
// again after these. A live worker whose event loop is busy for longer is offered too, which is harmless.
const lockDuration = 4_000;
const stalledInterval = 3_000;

const againMs = 2_000; // a hint that no one here can serve, as during a deploy

/**
 * Hints travel as BullMQ jobs: one queue for the runs and one for the tasks of each pair of queue and flow, so that
 * a worker is offered only what it has the code for. Losing, doubling or delaying a job breaks nothing.
 */
export class Queues {
  readonly #redis: RedisConnection;
  readonly #address: RedisAddress;
  readonly #namespace: string;
  readonly #queues = new Map<string, Queue>();

  constructor(redis: RedisConnection, address: RedisAddress, namespace: string) {
    this.#redis = redis;
    this.#address = address;
    this.#namespace = namespace;
  }

  async hintRun(hint: RunHint): Promise<void> {
    await this.#hint("runs", [toRunJob(hint)]);
  }

  async hintTasks(hints: readonly TaskHint[]): Promise<void> {
    await this.#hint("tasks", toTaskJobs(hints));
  }

  /** Gives back what came in one job and finds no place here: others may have it, before what else waits. */
  async hintTasksBack(hints: readonly TaskHint[]): Promise<void> {
    await this.#hint("tasks", toRestJobs(hints, randomUUID()));
  }

  /** Hints tasks whose slots of limits are held already: they go before all others. */
  async hintTasksFirst(hints: readonly TaskHint[]): Promise<void> {
    await this.#hint("tasks", hints.map(toFirstJob));
  }

  /** As `hintTasksAgain`, for runs. */
  async hintRunsAgain(hints: readonly RunHint[]): Promise<void> {
    await this.#hintAgain("runs", hints.map(toRunJob));
  }

  /**
   * Hints what may have been hinted before. A job that is still there stays one; one whose record is left although no
   * list has it any more (somebody deleted keys of BullMQ) would stand in the way of its successor for ever: a sample
   * is looked at, and the next one as long as such are found.
   */
  async hintTasksAgain(hints: readonly TaskHint[]): Promise<void> {
    await this.#hintAgain("tasks", toTaskJobs(hints));
  }

  async consumeRuns(options: ConsumeOptions<RunHint>): Promise<Consumer> {
    return this.#consume("runs", options);
  }

  /** `takeBundle` has what came in one job; it never rejects. */
  async consumeTasks({ takeBundle, ...options }: ConsumeTasks): Promise<Consumer> {
    const consume = async (hint: TaskHint | TaskBundle): Promise<boolean | TaskHint> => {
      if (!isBundle(hint)) return options.consume(hint);
      await takeBundle(hint.hints);
      return true;
    };
    return this.#consume<TaskHint | TaskBundle>("tasks", { ...options, consume });
  }

  /** What waits in a lane. */
  async depth(lane: Lane, queue: string, flow: string): Promise<LaneDepth> {
    try {
      return await readDepth(await this.#open(lane, queue, flow));
    } catch (error) {
      throw toEngineError(error);
    }
  }

  /** Whether workers take from a lane from now on. */
  async setPaused({ lane, queue, flow }: LaneName, isPaused: boolean): Promise<void> {
    try {
      const open = await this.#open(lane, queue, flow);
      await (isPaused ? open.pause() : open.resume());
    } catch (error) {
      throw toEngineError(error);
    }
  }

  async isPaused({ lane, queue, flow }: LaneName): Promise<boolean> {
    try {
      return await (await this.#open(lane, queue, flow)).isPaused();
    } catch (error) {
      throw toEngineError(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(async (queue) => queue.close()));
  }

  async #hint(lane: Lane, jobs: readonly HintJob[]): Promise<void> {
    for (const group of groupBy(jobs, laneOf).values()) await this.#add(lane, group);
  }

  async #hintAgain(lane: Lane, jobs: readonly HintJob[]): Promise<void> {
    for (const group of groupBy(jobs, laneOf).values()) {
      await this.#add(lane, group);
      await this.#unstrand(lane, group);
    }
  }

  /** `jobs` are of one queue and flow. */
  async #add(lane: Lane, jobs: readonly HintJob[]): Promise<void> {
    const [first] = jobs;
    if (first === undefined) return;
    try {
      const open = await this.#open(lane, first.data.queue, first.data.flow);
      await open.addBulk(jobs.map(({ name, data, opts }) => ({ name, data, opts })));
    } catch (error) {
      throw toEngineError(error);
    }
  }

  async #unstrand(lane: Lane, jobs: readonly HintJob[]): Promise<void> {
    const start = Math.floor(Math.random() * jobs.length);
    for (const job of [...jobs.slice(start), ...jobs.slice(0, start)]) {
      const open = await this.#open(lane, job.data.queue, job.data.flow);
      if ((await open.getJobState(job.id)) !== "unknown") return;
      await open.remove(job.id);
      await this.#add(lane, [job]); // it may also have been done in between: the log knows
    }
  }

  async #open(lane: Lane, queue: string, flow: string): Promise<Queue> {
    const { prefix } = queueKey(this.#namespace, `${queue}/${flow}`);
    const id = `${prefix}:${lane}`;
    const bullmq = await import("bullmq"); // a script that submits nothing never loads it
    let open = this.#queues.get(id);
    if (open === undefined) {
      open = new bullmq.Queue(lane, { connection: asConnection(this.#redis), prefix, skipMetasUpdate: true });
      open.on("error", () => undefined); // lost connections come back by themselves
      this.#queues.set(id, open);
    }
    return open;
  }

  async #consume<Hint>(
    lane: Lane,
    { queue, flow, concurrency, consume, onTrouble }: ConsumeOptions<Hint>,
  ): Promise<Consumer> {
    const { prefix } = queueKey(this.#namespace, `${queue}/${flow}`);
    const connection = openConnection(this.#address);
    const take = async (job: Job<Hint>): Promise<void> => {
      try {
        const answer = await consume(job.data);
        if (answer === true) return;
        const [data, delay] = answer === false ? [job.data, againMs] : [answer, 0];
        const jobId = otherId(job.id ?? "");
        const open = await this.#open(lane, queue, flow);
        const { priority = 0 } = job.opts;
        const opts = { ...hintOptions, ...(delay > 0 ? { delay } : {}), jobId, priority };
        await open.add(job.name, data, opts);
      } catch (error) {
        onTrouble(error); // the sweeper finds what this hint was about
      }
    };
    const { Worker } = await import("bullmq");
    const worker = new Worker<Hint>(lane, take, {
      connection: asConnection(connection),
      prefix,
      concurrency,
      lockDuration,
      stalledInterval,
      maxStalledCount: 1_000, // a delivery is not a failure
      ...hintOptions,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on("error", () => undefined);
    return {
      close: async () => {
        await worker.close();
        connection.disconnect();
      },
    };
  }
}

function asConnection(redis: RedisConnection): ConnectionOptions {
  return redis; // BullMQ recognises ioredis by its shape
}
