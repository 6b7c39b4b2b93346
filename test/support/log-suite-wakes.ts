import { describe, expect, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import type { RunLog } from "../../src/engine/run-log.ts";
import { channelPrefix } from "../../src/redis/keys.ts";
import {
  completed,
  createOwned,
  createWaiting,
  newRunId,
  step,
  taskDone,
  tell,
  timerFired,
  turn,
} from "./log-suite-events.ts";
import type { OpenRedisLog } from "./log-suite-redis.ts";

interface Heard {
  readonly channel: string;
  readonly message: Buffer;
}

/** A run of `w1` in every shard. */
async function oneOfEach(log: RunLog, shards: number): Promise<readonly string[]> {
  const runs = new Map<number, string>();
  while (runs.size < shards) {
    const run = newRunId();
    runs.set(shardOf(run, shards), run);
  }
  return Promise.all([...runs.values()].map(async (run) => createOwned(log, run)));
}

/** How the owner of a run hears of what others append. */
export function describeWakes(it: () => OpenRedisLog): void {
  /** What `w1` is told while `work` is done, until a run of each shard has ended: nothing of theirs is under way then. */
  async function heardDuring(work: () => Promise<void>): Promise<readonly Buffer[]> {
    const { log, namespace, another } = it();
    const listener = another();
    const heard: Heard[] = [];
    const last = new Set(await oneOfEach(log, namespace.shards));
    const lastOnes = [...last];
    const ended = new Promise<void>((resolve) => {
      listener.on("messageBuffer", (channel: Buffer, message: Buffer) => {
        heard.push({ channel: channel.toString(), message });
        if (last.delete(message.toString()) && last.size === 0) resolve();
      });
    });
    const prefix = channelPrefix(namespace.name);
    await listener.subscribe(`${prefix}wake:w1`, `${prefix}ended`);

    await work();
    for (const run of lastOnes) await step(log, run, { events: [completed()], after: "end" });

    await ended;
    return heard.flatMap(({ channel, message }) => (channel.endsWith("wake:w1") ? [message] : []));
  }

  describe("a fact wakes the owner", () => {
    test("where that is asked for, and brings what has happened since the owner's last commit", async () => {
      const { log } = it();
      const run = await createOwned(log);
      await step(log, run, { events: [turn(1)] });

      const heard = await heardDuring(async () => {
        await tell(log, run, timerFired("quiet"));
        await tell(log, run, taskDone("loud", { rows: [1, 2] }), { wakeInMs: 0 });
      });

      expect(heard.map((message) => log.news.hear(message))).toEqual([run]);
      const told = log.news.take(run, 2);
      expect(told).toEqual(await log.readAfter(run, 2));
      expect(told?.map(({ position, type }) => [position, type])).toEqual([
        [3, "TimerFired"],
        [4, "TaskCompleted"],
      ]);
      expect(log.news.take(run, 2)).toBeNull(); // once; then it is read
      expect(await log.readTold(run, 2)).toEqual(told);
    });

    test("once for all that is written together, and the newest wake-up holds what the others did", async () => {
      const { log } = it();
      const run = await createOwned(log);
      const names = ["one", "two", "three"];

      const heard = await heardDuring(async () => {
        await Promise.all(names.map(async (name) => tell(log, run, timerFired(name), { wakeInMs: 0 })));
        await tell(log, run, timerFired("later"), { wakeInMs: 0 });
      });

      expect(heard.map((message) => log.news.hear(message))).toEqual([run, run]);
      expect(log.news.take(run, 3)).toEqual(await log.readAfter(run, 3)); // it knew two of them
      for (const message of heard) log.news.hear(message);
      expect(log.news.take(run, 5)).toEqual([]); // and all of them
    });

    test("alone where there is much to read, or nobody knows what the owner has seen", async () => {
      const { log } = it();
      const [many, large, claimed] = [
        await createOwned(log),
        await createOwned(log),
        await createWaiting(log),
      ];
      for (let index = 0; index < 8; index += 1) await tell(log, many, timerFired(`${index}`));
      await log.claim(claimed, "w1", { instead: null });

      const heard = await heardDuring(async () => {
        await tell(log, many, timerFired("the ninth"), { wakeInMs: 0 });
        await tell(log, large, taskDone("large", "x".repeat(5_000)), { wakeInMs: 0 });
        await tell(log, claimed, timerFired("first"), { wakeInMs: 0 });
      });

      // of three shards: in a cluster nobody says which of their messages comes first
      expect(heard.map((message) => message.toString()).toSorted()).toEqual(
        [many, large, claimed].toSorted(),
      );
      for (const message of heard) log.news.hear(message);
      expect(log.news.take(many, 1)).toBeNull();
      expect(await log.readTold(many, 1)).toHaveLength(9);
    });
  });

  test("news of a run is forgotten when it begins anew, and when it does not reach back far enough", async () => {
    const { log } = it();
    const run = await createOwned(log);
    await step(log, run, { events: [turn(1)] });
    const [message = Buffer.alloc(0)] = await heardDuring(async () => {
      await tell(log, run, timerFired("a"), { wakeInMs: 0 });
    });

    log.news.hear(message);
    expect(log.news.take(run, 1)).toBeNull(); // the turn is missing
    log.news.hear(message);
    log.news.forget(run);
    expect(log.news.take(run, 2)).toBeNull();
  });
}
