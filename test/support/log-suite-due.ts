import { describe, expect, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { takeDue } from "../../src/redis/due.ts";
import { channelPrefix } from "../../src/redis/keys.ts";
import {
  actor,
  blocked,
  completed,
  created,
  createOwned,
  createWaiting,
  newRunId,
  step,
  tell,
  timerFired,
} from "./log-suite-events.ts";
import { dueAt, keysOf, type OpenRedisLog } from "./log-suite-redis.ts";

/** Who is looked after when. */
export function describeDue(it: () => OpenRedisLog): void {
  describeArming(it);
  describeTaking(it);
}

function describeArming(it: () => OpenRedisLog): void {
  describe("somebody looks after a run", () => {
    test("soon after it was created for whoever claims it, unless told when", async () => {
      const { log } = it();
      const [run, later] = [newRunId(), newRunId()];
      const create = { actor, events: [created()], owner: null, ends: false };

      const soon = await log.create({ ...create, run, dueInMs: null });
      const told = await log.create({ ...create, run: later, dueInMs: 90_000 });

      expect(await dueAt(it(), run)).toBe(soon.now + 2_000);
      expect(await dueAt(it(), later)).toBe(told.now + 90_000);
    });

    test("when its parked timer is due, and never without one", async () => {
      const { log } = it();
      const [timed, idle] = [await createOwned(log), await createOwned(log)];
      await step(log, idle, { dueInMs: 1_000 });

      const parked = await step(log, timed, { after: "park", dueInMs: 31 * 86_400_000 });
      await step(log, idle, { batch: 3, after: "park" });

      expect(await dueAt(it(), timed)).toBe(parked.now + 31 * 86_400_000);
      expect(await dueAt(it(), idle)).toBeNull();
    });

    test("no later than a fact asks for, and no later than before", async () => {
      const { log } = it();
      const run = await createOwned(log);
      const { now } = await step(log, run, { after: "park", dueInMs: 60_000 });

      await tell(log, run, timerFired("later"), { wakeInMs: 600_000 });
      const before = await dueAt(it(), run);
      await tell(log, run, timerFired("no hurry"));
      const sooner = await tell(log, run, timerFired("sooner"), { wakeInMs: 5_000 });

      expect(before).toBe(now + 60_000);
      expect(await dueAt(it(), run)).toBe(sooner.now + 5_000);
    });

    test("no more, once it is claimed", async () => {
      const { log } = it();
      const run = await createWaiting(log);

      await log.claim(run, "w2", { instead: null });

      expect(await dueAt(it(), run)).toBeNull();
    });
  });
}

function describeTaking(it: () => OpenRedisLog): void {
  async function take(run: string): Promise<readonly string[]> {
    const { redis, namespace } = it();
    const { open, ended } = await takeDue(redis, namespace, shardOf(run, namespace.shards));
    return [...open, ...ended];
  }

  describe("take-due", () => {
    test("names a run without an owner, and would name it again later", async () => {
      const { log } = it();
      const run = newRunId();
      await log.create({ run, actor, events: [created()], owner: null, ends: false, dueInMs: 0 });
      const before = await dueAt(it(), run);

      const found = await take(run);
      const next = await take(run);

      expect(found).toContain(run);
      expect(next).not.toContain(run);
      expect(await dueAt(it(), run)).toBeGreaterThan(before! + 4_000);
    });

    test("tells the owner of an owned run, and names it to nobody else", async () => {
      const { log, namespace, another } = it();
      const run = await createOwned(log);
      const listener = another();
      const told = new Promise<string>((resolve) =>
        listener.once("message", (_, text: string) => resolve(text)),
      );
      await listener.subscribe(`${channelPrefix(namespace.name)}wake:w1`);
      await step(log, run, { dueInMs: 0 });

      const found = await take(run);

      expect(found).not.toContain(run);
      expect(await told).toBe(run);
      expect(await dueAt(it(), run)).not.toBeNull();
    });

    test("forgets a blocked run, and names one that has ended until nobody has to hear of it", async () => {
      const { log, redis } = it();
      const [stopped, ended] = [await createOwned(log), await createOwned(log)];
      await step(log, stopped, { events: [blocked()], after: "block" });
      await step(log, ended, { events: [completed()], after: "end" });
      for (const run of [stopped, ended]) await redis.zadd(keysOf(it(), run).due, 1, run);

      const found = [...(await take(stopped)), ...(await take(ended))];

      const again = await dueAt(it(), ended);
      await log.leave(ended);

      expect(found).not.toContain(stopped);
      expect(found).toContain(ended);
      expect(await dueAt(it(), stopped)).toBeNull();
      expect([again, await dueAt(it(), ended)]).toEqual([expect.any(Number), null]);
    });

    test("leaves what is not due alone", async () => {
      const { log } = it();
      const run = await createOwned(log);
      await step(log, run, { after: "park", dueInMs: 60_000 });

      expect(await take(run)).not.toContain(run);
    });
  });
}
