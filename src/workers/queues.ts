import type { Job, Queue } from "bullmq";
import { groupBy } from "../base/group-by.ts";
import type { RedisAddress } from "../redis/connect.ts";
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
  toRestJob,
  toRunJob,
} from "./hint-jobs.ts";
import { HintPost } from "./hint-post.ts";
import { asConnection, type ConsumeOptions, type Consumer, consumeLane, type Lane } from "./lane-consumer.ts";
import { type LaneDepth, readDepth } from "./lane-depth.ts";
import { LaneWorkers } from "./lane-workers.ts";
import type { TaskHint } from "./run-ports.ts";

interface ConsumeTasks extends ConsumeOptions<TaskHint> {
  readonly takeBundle: (hints: readonly TaskHint[]) => Promise<void>;
}

interface LaneName {
  readonly lane: Lane;
  readonly queue: string;
  readonly flow: string;
}

const addedAlone = 4; // jobs; a pipeline for fewer costs more than it saves

/**
 * Hints travel as BullMQ jobs: one queue for the runs and one for the tasks of each pair of queue and flow, so that
 * a worker is offered only what it has the code for. Losing, doubling or delaying a job breaks nothing.
 */
export class Queues {
  readonly #redis: RedisConnection;
  readonly #address: RedisAddress;
  readonly #namespace: string;
  readonly #queues = new Map<string, Queue>();
  readonly #post: HintPost;
  #bullmq: typeof import("bullmq") | null = null;

  constructor(redis: RedisConnection, address: RedisAddress, namespace: string) {
    this.#redis = redis;
    this.#address = address;
    this.#namespace = namespace;
    const workers = new LaneWorkers(redis, namespace);
    this.#post = new HintPost({
      add: async (jobs) => this.#add("tasks", jobs),
      workers: (lane) => workers.count(lane),
    });
  }

  async hintRun(hint: RunHint): Promise<void> {
    await this.#hint("runs", [toRunJob(hint)]);
  }

  /** Hints that are given at the same time may travel in one job, whoever gives them. */
  async hintTasks(hints: readonly TaskHint[]): Promise<void> {
    for (const [lane, group] of groupBy(hints, laneOf)) await this.#post.give(lane, group);
  }

  /** So many tasks more, or fewer, of runs of this process are open: where there are many, they travel together. */
  expectTasks(lane: { readonly queue: string; readonly flow: string }, change: number): void {
    this.#post.expect(laneOf(lane), change);
  }

  /** Gives back what came in one job and finds no place here: others may have it, before what else waits. */
  async hintTasksBack(hints: readonly TaskHint[]): Promise<void> {
    const [first] = hints;
    if (first !== undefined) await this.#add("tasks", [toRestJob(first, hints)]);
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
    await this.#hintAgain("tasks", this.#post.jobsOf(hints));
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
    for (const group of groupBy(jobs, ({ data }) => laneOf(data)).values()) await this.#add(lane, group);
  }

  async #hintAgain(lane: Lane, jobs: readonly HintJob[]): Promise<void> {
    for (const group of groupBy(jobs, ({ data }) => laneOf(data)).values()) {
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
      if (jobs.length > addedAlone)
        await open.addBulk(jobs.map(({ name, data, opts }) => ({ name, data, opts })));
      else await Promise.all(jobs.map(async ({ name, data, opts }) => open.add(name, data, opts)));
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
    this.#bullmq ??= await import("bullmq"); // a script that submits nothing never loads it; an import costs each time
    let open = this.#queues.get(id);
    if (open === undefined) {
      open = new this.#bullmq.Queue(lane, {
        connection: asConnection(this.#redis),
        prefix,
        skipMetasUpdate: true,
      });
      open.on("error", () => undefined); // lost connections come back by themselves
      this.#queues.set(id, open);
    }
    return open;
  }

  async #consume<Hint>(lane: Lane, options: ConsumeOptions<Hint>): Promise<Consumer> {
    const { queue, flow } = options;
    const { prefix } = queueKey(this.#namespace, `${queue}/${flow}`);
    const again = async (job: Job<Hint>, data: Hint, delay: number): Promise<void> => {
      const open = await this.#open(lane, queue, flow);
      const { priority = 0 } = job.opts;
      const jobId = otherId(job.id ?? "");
      await open.add(job.name, data, { ...hintOptions, ...(delay > 0 ? { delay } : {}), jobId, priority });
    };
    return consumeLane(this.#address, { lane, prefix, again }, options);
  }
}
