import { afterEach, expect, inject, test } from "vitest";
import { systemClock } from "../../src/workers/clock.ts";
import { flow, task } from "../../src/workers/define.ts";
import { createOwned, first, step, turn, typesOf } from "../support/log-suite-events.ts";
import { keysOf, openRedisLog } from "../support/log-suite-redis.ts";
import { startSentinelGroup } from "../support/sentinel.ts";
import { WorkerScene } from "../support/worker-scene.ts";

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

const add = task("failover_add", async (sum: number) => {
  await new Promise<void>((resolve) => void systemClock.after(50, resolve));
  return sum + 1;
});
const steps = flow("failover_steps", async ({ count }: { count: number }) => {
  let sum = 0;
  for (let index = 0; index < count; index += 1)
    sum = index % 5 === 0 ? await add.submit(sum).result() : await add(sum);
  return sum;
});

test("a master that dies is followed by its replica, and the runs end there", async (context) => {
  const group = await startSentinelGroup();
  if (group === null) return context.skip("This Redis cannot be a sentinel.");
  ends.push(group.stop);
  const scene = await WorkerScene.open(group.url);
  ends.push(async () => scene.end());
  await scene.worker([steps.spec.name]);
  const runs = await Promise.all(
    Array.from({ length: 10 }, async () => scene.start(steps.spec.name, { count: 60 })),
  );
  for (const run of runs)
    await scene.until(run, (events) => {
      expect(events.filter(({ type }) => type === "TaskCompleted").length).toBeGreaterThan(5);
    });
  await scene.client.store.redis.wait(1, 5_000); // what it had acknowledged was passed on

  await group.master.kill();

  for (const run of runs) expect(await scene.result(run)).toBe(60);
});
