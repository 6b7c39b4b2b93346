import { afterEach, expect, inject, test } from "vitest";
import { createOwned, first, step, turn, typesOf } from "../support/log-suite-events.ts";
import { keysOf, openRedisLog } from "../support/log-suite-redis.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

test("a claim after the record of ownership was lost has an epoch above every turn's", async () => {
  const opened = await openRedisLog(inject("redisUrl"));
  ends.push(opened.close);
  const { log, redis } = opened;
  const run = await createOwned(log);
  await log.takeFrom(run, first, "sweeper:s");
  const { owner: second } = await log.claim(run, "w2", { instead: null });
  expect((await step(log, run, { owner: second, events: [turn(1, second.epoch)], batch: 1 })).status).toBe(
    "ok",
  );
  await redis.hdel(keysOf(opened, run).open, run); // what a failover may lose

  const claim = await log.claim(run, "w3", { instead: null });

  expect(claim).toMatchObject({ status: "ok", owner: { worker: "w3", epoch: second.epoch + 1 } });
  const late = await step(log, run, { owner: second, events: [turn(2, second.epoch)], batch: 2 });
  expect(late.status).toBe("fenced");
  expect(await typesOf(log, run)).toEqual(["RunCreated", "OwnerLost", "TurnTaken"]);
});
