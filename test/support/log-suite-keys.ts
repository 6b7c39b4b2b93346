import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { factsKey, runKey } from "../../src/redis/keys.ts";
import { attemptField } from "../../src/redis/redis-log.ts";
import { describeDue } from "./log-suite-due.ts";
import {
  actor,
  blocked,
  completed,
  createOwned,
  createWaiting,
  first,
  newRunId,
  step,
  taskDone,
  tell,
  timerFired,
  turn,
  unblocked,
} from "./log-suite-events.ts";
import { describeFeed } from "./log-suite-feed.ts";
import { dueAt, keysOf, type OpenRedisLog } from "./log-suite-redis.ts";
import { describeWakes } from "./log-suite-wakes.ts";

/** What the log on a Redis keeps beside the runs' events; for any server that speaks its protocol. */
export function describeRedisKeys(name: string, open: () => Promise<OpenRedisLog>): void {
  describe(`the keys on ${name}`, () => {
    let opened: OpenRedisLog;
    const it = (): OpenRedisLog => opened;

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    describeEnd(it);
    describeEpochs(it);
    describeAttempts(it);
    describeDue(it);
    describeWakes(it);
    describeFeed(it);
    describeGroups(it);
  });
}

function describeEnd(it: () => OpenRedisLog): void {
  test("the end of a run takes its open record, due entry and dedupe keys with it", async () => {
    const { log, redis, namespace } = it();
    const run = await createOwned(log);
    const keys = keysOf(it(), run);
    await tell(log, run, timerFired("a"), { dedupeKey: "end a" });
    await step(log, run, { dueInMs: 60_000, seen: 2 });
    const traces = async (): Promise<unknown> => ({
      open: await redis.hexists(keys.open, run),
      due: await dueAt(it(), run),
      facts: await redis.exists(factsKey(namespace, run)),
    });
    expect(await traces()).toEqual({ open: 1, due: expect.any(Number), facts: 1 });

    await step(log, run, { batch: 3, seen: 2, events: [completed()], after: "end" });

    expect(await traces()).toEqual({ open: 0, due: null, facts: 0 });
    expect(await redis.xlen(runKey(namespace, run))).toBe(3);
    expect(await redis.zscore(keys.runs, run)).not.toBeNull();
  });

  test("a run that is created and ended at once leaves only its events", async () => {
    const { log, redis } = it();
    const run = newRunId();

    await log.create({ run, actor, events: [completed()], owner: first, ends: true, dueInMs: 5_000 });

    expect(await redis.hexists(keysOf(it(), run).open, run)).toBe(0);
    expect(await dueAt(it(), run)).toBeNull();
  });
}

function describeEpochs(it: () => OpenRedisLog): void {
  test.each([
    ["was reset", "0:0:0:"],
    ["is gone", null],
  ])("a claim goes above the last turn's epoch, even if the open record %s", async (_what, record) => {
    const { log, redis } = it();
    const run = await createWaiting(log);
    const { owner } = await log.claim(run, "w1", { instead: null });
    await step(log, run, { owner, batch: 1, events: [turn(1, 41)] });
    const { open } = keysOf(it(), run);
    await (record === null ? redis.hdel(open, run) : redis.hset(open, run, record));

    const claim = await log.claim(run, "w2", { instead: null });

    expect(claim).toMatchObject({ status: "ok", owner: { worker: "w2", epoch: 42 } });
    expect(claim.events).toHaveLength(2);
    expect(await redis.hget(open, run)).toMatch(/^42:0:\d+:w2$/);
  });

  test("the owner of a dead worker's run is taken away with a record of it", async () => {
    const { log } = it();
    const run = await createOwned(log);

    const taken = await log.takeFrom(run, first, "sweeper:w2");
    const late = await log.takeFrom(run, first, "sweeper:w3");

    expect([taken.status, late.status]).toEqual(["ok", "fenced"]);
    expect(await log.readAfter(run, 1)).toMatchObject([
      { type: "OwnerLost", data: first, actor: "sweeper:w2" },
    ]);
    expect(await dueAt(it(), run)).toBe(taken.now);
    expect(await step(log, run)).toMatchObject({ status: "fenced", owner: "" });
  });
}

function describeAttempts(it: () => OpenRedisLog): void {
  const mark = { actor, seen: -1, wakeInMs: null, unblock: false };
  const start = { ...mark, dedupeKey: "start 1 a", attempt: { key: "a b", attempt: 1, holder: "w9" } };
  const end = { ...mark, dedupeKey: "end a", attempt: { key: "a b", attempt: 1, holder: null } };

  async function holder(run: string): Promise<string | null> {
    return it().redis.hget(keysOf(it(), run).attempts, attemptField(run, "a b", 1));
  }

  test("the holder of an attempt is known from its start to its end", async () => {
    const { log } = it();
    const run = await createOwned(log);

    await log.append({ ...start, run, events: [timerFired("start")] });
    const during = await holder(run);
    await log.append({ ...end, run, events: [taskDone("a b")] });

    expect([during, await holder(run)]).toEqual(["w9", null]);
  });

  test("an attempt that ends after the run, or after another's result, is forgotten all the same", async () => {
    const { log } = it();
    const [ended, beaten] = [await createOwned(log), await createOwned(log)];
    for (const run of [ended, beaten]) await log.append({ ...start, run, events: [timerFired("start")] });
    await step(log, ended, { seen: 2, events: [completed()], after: "end" });
    await tell(log, beaten, taskDone("a b"), { dedupeKey: "end a" });

    const answers = [
      await log.append({ ...end, run: ended, events: [taskDone("a b")] }),
      await log.append({ ...end, run: beaten, events: [taskDone("a b")] }),
    ];

    expect(answers.map(({ status }) => status)).toEqual(["closed", "again"]);
    expect([await holder(ended), await holder(beaten)]).toEqual([null, null]);
  });
}

function describeGroups(it: () => OpenRedisLog): void {
  test("of 500 commits at the same time, only the one with a broken key fails", async () => {
    const { log, redis, namespace } = it();
    const runs = await Promise.all(Array.from({ length: 500 }, async () => createOwned(log)));
    const poisoned = runs[250]!;
    await redis.set(runKey(namespace, poisoned), "not a stream");

    const results = await Promise.allSettled(
      runs.map(async (run) => step(log, run, { events: [turn(1)], dueInMs: 60_000 })),
    );

    const failed = runs.filter((_, index) => results[index]?.status === "rejected");
    expect(failed).toEqual([poisoned]);
    expect(results[250]).toMatchObject({ reason: { message: expect.stringContaining("WRONGTYPE") } });
    expect(await dueAt(it(), poisoned)).toBeNull();
    const statuses = results.map((result) =>
      result.status === "fulfilled" ? result.value.status : "failed",
    );
    expect(statuses.filter((status) => status === "ok")).toHaveLength(499);
  });

  test("a blocked run counts as open and asks for nobody", async () => {
    const { log, redis } = it();
    const run = await createOwned(log);
    await step(log, run, { dueInMs: 0 });

    await step(log, run, { batch: 3, events: [blocked()], after: "block" });

    expect(await dueAt(it(), run)).toBeNull();
    expect(await redis.hget(keysOf(it(), run).open, run)).toBe("1:3:2:!");
    await tell(log, run, unblocked(), { unblock: true, wakeInMs: 0 });
    expect(await dueAt(it(), run)).not.toBeNull();
  });
}
