import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { encodeValue } from "../../src/events/codec.ts";
import { runKey } from "../../src/redis/keys.ts";
import { readTail } from "../../src/redis/read-tail.ts";
import { createOwned, newRunId, step, taskDone, tell, turn } from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";

let opened: OpenRedisLog;
beforeAll(async () => {
  opened = await openRedisLog(inject("redisUrl"));
});
afterAll(async () => opened.close());

const time = Buffer.alloc(6, 1);

/** The stored form of an event with these msgpack values. */
function entry(...values: readonly unknown[]): Buffer {
  return Buffer.concat([time, encodeValue(values)]);
}

async function put(run: string, id: string, body: Buffer): Promise<void> {
  await opened.redis.xadd(runKey(opened.namespace, run), id, "e", body);
}

/** What a reader, whoever waits for the end, and a claimer are told; they must be told the same. */
async function problemOf(run: string): Promise<unknown> {
  const { log, redis, namespace } = opened;
  const read = await log.readAfter(run, 0).catch((error: unknown) => error);
  await expect(readTail(redis, namespace, run)).rejects.toEqual(read);
  const claim = await log.claim(run, "w2", { instead: { worker: "w1", epoch: 1 } });
  expect(claim).toMatchObject({ status: "unreadable", events: [], owner: { worker: "w2" } });
  expect(claim.problem).toMatchObject({ code: (read as { code: string }).code });
  expect(claim.problem?.message).toBe((read as Error).message);
  return read;
}

describe("an entry that this release cannot read", () => {
  test.each([
    ["has no msgpack", Buffer.from("no event at all")],
    ["is too short for a time", Buffer.from("abc")],
    ["is empty", Buffer.alloc(0)],
    ["is no list", Buffer.concat([time, encodeValue({ a: 1 })])],
    ["lacks the fields of its type", entry(22, 1, "client:x", "a#1")],
    ["has fields of other types", entry(22, 1, "client:x", 7, "one", "out")],
  ])("is named with run and position when it %s", async (_what, body) => {
    const run = await createOwned(opened.log);
    await put(run, "2-0", body);

    const problem = await problemOf(run);

    expect(problem).toMatchObject({ code: "EVENT_UNREADABLE", details: { run, position: 2 } });
    expect(problem).toMatchObject({ message: expect.stringContaining(`Event 2 of run ${run}`) });
  });

  test("is said to come from a newer release when its version is newer", async () => {
    const run = await createOwned(opened.log);
    await put(run, "2-0", entry(22, 9, "client:x", "a#1", 1, Buffer.alloc(1), "more"));

    const problem = await problemOf(run);

    const message = expect.stringMatching(/version 9.*newer release.*Upgrade/s);
    expect(problem).toMatchObject({ code: "EVENT_UNREADABLE", message });
  });

  test("is said to come from a newer release when its code is unknown", async () => {
    const run = await createOwned(opened.log);
    await put(run, "2-0", entry(4_711, 1, "client:x"));

    const problem = await problemOf(run);

    const message = expect.stringMatching(/Event 2 of run .*code 4711.*newer release/s);
    expect(problem).toMatchObject({ code: "EVENT_UNKNOWN", message });
  });
});

describe("a stream that was changed from outside", () => {
  test.each([
    ["an entry of its own", "2-1"],
    ["an entry of a clock", "1700000000000-0"],
  ])("is unreadable where it has %s", async (_what, id) => {
    const run = await createOwned(opened.log);
    await put(run, id, entry(31, 1, "client:x", "a"));

    const problem = await problemOf(run);

    expect(problem).toMatchObject({ code: "EVENT_UNREADABLE", details: { run, position: 2 } });
    expect(problem).toMatchObject({ message: expect.stringContaining(`entry ${id} where event 2 belongs`) });
  });

  test("is unreadable where an entry was deleted, and takes no more commits", async () => {
    const run = await createOwned(opened.log);
    await step(opened.log, run, { events: [turn(1), turn(2)] });
    await opened.redis.xdel(runKey(opened.namespace, run), "2-0");

    const commit = step(opened.log, run, { events: [turn(3)], batch: 3, seen: 3 });
    const fact = tell(opened.log, run, taskDone("a"), { dedupeKey: "end a" });

    for (const refused of [commit, fact]) {
      await expect(refused).rejects.toMatchObject({ code: "EVENT_UNREADABLE", details: { run } });
    }
    await expect(tell(opened.log, run, taskDone("a"), { dedupeKey: "end a" })).rejects.toSatisfy((error) =>
      isEngineError(error, "EVENT_UNREADABLE"),
    );
    const problem = await problemOf(run);
    expect(problem).toMatchObject({ message: expect.stringContaining("entry 3-0 where event 2 belongs") });
  });
});

test("whoever waits for a run reads its newest events only, and who has it", async () => {
  const { log, redis, namespace } = opened;
  const run = await createOwned(log);
  const short = await readTail(redis, namespace, run);
  for (const key of ["a", "b", "c", "d"]) await tell(log, run, taskDone(key));
  const all = await log.readAfter(run, 0);
  const tail = await readTail(redis, namespace, run);

  expect(short?.events.map(({ position }) => position)).toEqual([1]);
  expect(all).toHaveLength(5);
  expect(tail?.events).toEqual(all.slice(1));
  expect(tail?.open?.owner?.worker).toBe("w1");
  expect(await readTail(redis, namespace, newRunId())).toBeNull();
});
