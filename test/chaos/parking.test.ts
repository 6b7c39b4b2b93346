import { afterEach, beforeEach, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

const parkAfterMs = 300;

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene({ limits: { parkAfterMs } });
});
afterEach(async () => scene.end());

test("a retry that is due in the moment in which its run parks, begins once", async () => {
  await Promise.all([scene.worker({ concurrency: 200 }), scene.worker({ concurrency: 200 })]);

  await scene.startMany(
    "chaos_stumble",
    Array.from({ length: 200 }, (_, index) => ({
      queuedMs: 2_000,
      retryMs: parkAfterMs - 10 + (index % 40),
    })),
  );
  await scene.untilAllEnded(60_000);

  const findings = await checkScene(scene);
  expect(findings).toMatchObject({ ownersLost: 0, tasksCrashed: 0, repeated: 0, effects: 600 });
});
