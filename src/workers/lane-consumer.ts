import type { ConnectionOptions, Job } from "bullmq";
import { openConnection, type RedisAddress } from "../redis/connect.ts";
import type { RedisConnection } from "../redis/script.ts";
import { hintOptions } from "./hint-jobs.ts";

export type Lane = "runs" | "tasks";

/** What a consumer does with one hint; false = not now, offer it again later; a hint = offer this one, at once. */
export type Consume<Hint> = (hint: Hint) => Promise<boolean | Hint>;

export interface Consumer {
  /** Takes no more hints, and waits for those under way. */
  close(): Promise<void>;
}

export interface ConsumeOptions<Hint> {
  readonly queue: string;
  readonly flow: string;
  readonly concurrency: number;
  readonly consume: Consume<Hint>;
  readonly onTrouble: (error: unknown) => void;
}

interface Place<Hint> {
  readonly lane: Lane;
  readonly prefix: string; // of its keys
  readonly again: (job: Job<Hint>, data: Hint, delayMs: number) => Promise<void>; // offers a hint once more
}

// A worker may die between taking a hint and writing anything to the log: only BullMQ knows then, and offers the hint
// again after these. A live worker whose event loop is busy for longer is offered too, which is harmless.
const lockDuration = 4_000;
const stalledInterval = 3_000;

const againMs = 2_000; // a hint that no one here can serve, as during a deploy

/** Takes the hints of one lane, over a connection of its own. */
export async function consumeLane<Hint>(
  address: RedisAddress,
  { lane, prefix, again }: Place<Hint>,
  { concurrency, consume, onTrouble }: ConsumeOptions<Hint>,
): Promise<Consumer> {
  const connection = openConnection(address);
  const take = async (job: Job<Hint>): Promise<void> => {
    try {
      const answer = await consume(job.data);
      if (answer === false) await again(job, job.data, againMs);
      else if (answer !== true) await again(job, answer, 0);
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

export function asConnection(redis: RedisConnection): ConnectionOptions {
  return redis; // BullMQ recognises ioredis by its shape
}
