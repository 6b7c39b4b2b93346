import { afterEach, describe, expect, test } from "vitest";
import { systemKeys } from "../../src/redis/keys.ts";
import { Queues } from "../../src/workers/queues.ts";
import { checkScene } from "../support/chaos-check.ts";
import { deleteQueues } from "../support/chaos-faults.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: ChaosScene;
afterEach(async () => scene.end());

describe("hints", () => {
  test("may be lost, all of them, again and again: the runs end", async () => {
    scene = await openScene({ limits: { parkAfterMs: 300, recheckMs: 1_000 } });
    await Promise.all([scene.worker(), scene.worker()]);
    let deleted = 0;

    for (let round = 0; round < 4; round += 1) {
      await scene.startMany("chaos_program", programInputs(10 + round, 20));
      await scene.untilMoreEffects(15);
      deleted += await deleteQueues(scene);
    }
    await scene.untilAllEnded(60_000);

    expect(deleted).toBeGreaterThan(20);
    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ runs: 80, ownersLost: 0, tasksCrashed: 0, repeated: 0 });
    scene.report({ ...findings, deleted });
  });

  test("may come twenty times: a run has one owner, and a task runs once", async () => {
    scene = await openScene();
    const { redis, address, namespace } = scene.client.store;
    const queues = new Queues(redis, address, namespace.name);
    await Promise.all([scene.worker(), scene.worker()]);
    const steps = await scene.startMany(
      "chaos_steps",
      Array.from({ length: 10 }, () => ({ steps: 10, ms: 20 })),
    );
    const map = await scene.start("chaos_map", { count: 20, ms: 20 });
    const scheduled = await until(30_000, async () => {
      const calls = (await scene.events(map)).filter((event) => event.type === "TaskScheduled");
      expect(calls.length).toBe(20);
      return calls;
    });

    const lane = { flow: "chaos_map", queue: "default" };
    const hints = scheduled.map(({ position, data: { key, name } }) => ({
      ...lane,
      run: map,
      task: name,
      key,
      position,
      attempt: 1,
      delayMs: 0,
      crashes: 0,
    }));
    for (let time = 0; time < 20; time += 1) {
      await queues.hintTasks(hints);
      const cause = `again-${time}`;
      for (const run of steps) await queues.hintRun({ run, flow: "chaos_steps", queue: "default", cause });
      await queues.hintRun({ run: map, ...lane, cause });
    }
    await scene.untilAllEnded(60_000);

    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ runs: 11, effects: 120, ownersLost: 0, tasksCrashed: 0, repeated: 0 });
    await queues.close();
  });

  test("come from several sweepers at once when a worker dies: each loss is recorded once", async () => {
    scene = await openScene();
    const { redis, namespace } = scene.client.store;
    const dying = await scene.worker();
    await scene.startMany(
      "chaos_steps",
      Array.from({ length: 20 }, () => ({ steps: 60, ms: 100 })),
    );
    await scene.startMany(
      "chaos_map",
      Array.from({ length: 3 }, () => ({ count: 10, ms: 200 })),
    );
    await scene.untilMoreEffects(30);
    await dying.kill();
    await Promise.all([scene.worker(), scene.worker()]);

    const check = async (): Promise<void> => {
      await redis.del(systemKeys(namespace.name).sweeper); // everybody is elected
      expect(await scene.openRuns()).toEqual([]);
    };
    await waitUntil(check, { timeoutMs: 60_000, intervalMs: 20 });

    const findings = await checkScene(scene); // knows that each loss stands once
    expect(findings.ownersLost).toBeGreaterThanOrEqual(20);
    scene.report(findings);
  });
});
