import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attemptOf, toHeld } from "../../src/redis/held.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import type { Imported } from "../fixtures/chaos/long-flows.ts";
import { checkScene, endStateOf } from "../support/chaos-check.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { expectPrompt } from "../support/prompt.ts";

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => scene.end());

const inputs = { pages: 60, ms: 200 }; // a task lasts twelve seconds

async function importsOf(runs: readonly string[]): Promise<readonly Imported[]> {
  const states = await Promise.all(runs.map(async (run) => endStateOf(await scene.events(run), scene)));
  return states.map(({ output }) => output as Imported);
}

describe("a worker that is told to stop while 50 runs have long tasks under way", () => {
  test("hands them over within 2 s; they go on where they were, and no attempt is spent", async () => {
    await expectPrompt({ longestMs: 2_000 }, async () => {
      const leaving = await scene.worker({ concurrency: 50 });
      const runs = await scene.startMany(
        "chaos_import",
        Array.from({ length: 50 }, (_, index) => ({ ...inputs, isQueued: index % 2 === 1 })),
      );
      await scene.untilMoreEffects(50);
      const next = await scene.worker({ concurrency: 50 });
      const toldAt = Date.now();

      const { isClean, tookMs } = await leaving.stop();

      expect(isClean).toBe(true);
      const begunAgain = await until(30_000, async () => {
        const begun = scene.effects().filter(({ pid, phase }) => pid === next.pid && phase === "start");
        expect(new Set(begun.map(({ run }) => run)).size).toBe(runs.length);
        return begun;
      });
      await scene.untilAllEnded(60_000);
      const imports = await importsOf(runs);
      expect(imports.filter(({ attempt }) => attempt !== 1)).toEqual([]);
      expect(imports.filter(({ from }) => from === 0)).toEqual([]);
      await next.stop();
      const longestMs = Math.max(...begunAgain.map(({ at }) => at - toldAt));
      scene.report({ stopMs: tookMs, longestMs });
      return { longestMs };
    });

    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ ownersLost: 0, tasksCrashed: 0 });
  });
});

/** Runs of which the details of a heartbeat are stored. */
async function runsWithDetails(): Promise<ReadonlySet<string>> {
  const { redis, namespace } = scene.client.store;
  const shards = Array.from({ length: namespace.shards }, (_, shard) => shardKeys(namespace, shard).attempts);
  const fields = (await Promise.all(shards.map(async (key) => redis.hgetall(key)))).flatMap(Object.entries);
  const stored = fields.filter(([field, text]) => {
    const held = toHeld(field, text);
    return held === null || typeof held.beat?.details === "string"; // what holds no attempt are details
  });
  return new Set(stored.map(([field]) => attemptOf(field).run));
}

test("a worker that is killed leaves the details of the newest stored heartbeats to the next attempts", async () => {
  const dying = await scene.worker();
  const runs = await scene.startMany(
    "chaos_import",
    Array.from({ length: 10 }, (_, index) => ({ ...inputs, isQueued: index % 2 === 1 })),
  );
  await until(30_000, async () => expect((await runsWithDetails()).size).toBe(runs.length));
  await dying.kill();
  await scene.worker();
  await scene.untilAllEnded(60_000);

  const imports = await importsOf(runs);
  expect(imports.filter(({ attempt, from }) => attempt !== 2 || from === 0)).toEqual([]);
  await checkScene(scene);
});

test("a process that hangs although its lease is renewed, loses the attempt that gives no heartbeat", async () => {
  const run = await scene.start("chaos_hang", null);
  const hanging = await scene.worker({}, { CHAOS_HANGS: "yes" });
  await scene.untilMoreEffects(0);
  await until(30_000, async () => {
    const events = await scene.events(run);
    expect(events.some(({ type }) => type === "TaskStarted")).toBe(true);
  });
  await scene.worker();

  await until(60_000, async () => {
    const events = await scene.events(run);
    expect(events.some(({ type }) => type === "TaskCompleted")).toBe(true);
  });

  await hanging.kill(); // the run was its own, too
  await scene.untilAllEnded(60_000);
  const events = await scene.events(run);
  expect((await endStateOf(events, scene)).output).toEqual([2, "on the way"]);
  const failed = events.filter((event) => event.type === "TaskAttemptFailed");
  expect(failed.map(({ data, actor }) => [data.error.code, actor.split(":")[0]])).toEqual([
    ["TASK_TIMED_OUT", "sweeper"],
  ]);
});

test("an attempt that was given back is begun again, although the hint of it got lost", async () => {
  const leaving = await scene.worker();
  const [run = ""] = await scene.startMany("chaos_import", [{ ...inputs, isQueued: true }]);
  await scene.untilMoreEffects(1);
  await leaving.stop();
  const { redis } = scene.client.store;
  const jobs = await redis.keys("*:q:*");
  expect(jobs.length).toBeGreaterThan(0);
  await redis.unlink(jobs);

  await scene.worker();
  await scene.untilAllEnded(60_000);

  const [imported] = await importsOf([run]);
  expect(imported).toMatchObject({ attempt: 1 });
  expect((await checkScene(scene)).tasksCrashed).toBe(0);
});
