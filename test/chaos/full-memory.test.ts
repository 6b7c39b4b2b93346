import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/workers/clock.ts";
import { checkScene } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => scene.end());

test("a Redis that is full for a while loses nothing: all runs end once there is room", async () => {
  const { redis } = scene.client.store;
  await Promise.all([scene.worker(), scene.worker()]);

  for (let round = 0; round < 3; round += 1) {
    await scene.startMany("chaos_program", programInputs(20 + round, 20));
    await scene.startMany(
      "chaos_relay",
      Array.from({ length: 5 }, () => ({ count: 4, ms: 50 })),
    );
    await scene.untilMoreEffects(20);
    await redis.call("CONFIG", "SET", "maxmemory", "1");
    await new Promise<void>((resolve) => {
      systemClock.after(1_500, resolve);
    });
    await redis.call("CONFIG", "SET", "maxmemory", "0");
  }
  await scene.untilAllEnded(60_000);

  const findings = await checkScene(scene);
  expect(findings).toMatchObject({ runs: 75, repeated: 0 });
  scene.report(findings);
});
