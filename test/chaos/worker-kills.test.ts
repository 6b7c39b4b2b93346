import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

let scene: ChaosScene;
beforeAll(async () => {
  scene = await openScene({ appendfsync: "always" });
});
afterAll(async () => scene.end());

const waves = 6;
const runsPerWave = 25;

describe("workers that are killed all the time", () => {
  test("lose nothing: all of 150 random runs end as the reference says", async () => {
    const workers = await Promise.all([scene.worker(), scene.worker(), scene.worker()]);

    for (let wave = 0; wave < waves; wave += 1) {
      await scene.startMany("chaos_program", programInputs(wave, runsPerWave));
      await scene.untilMoreEffects(30);
      const victim = wave % workers.length;
      await workers[victim]?.kill();
      workers[victim] = await scene.worker();
    }
    await scene.untilAllEnded(60_000);

    const findings = await checkScene(scene);
    expect(findings.runs).toBe(waves * runsPerWave);
    expect(findings.ownersLost).toBeGreaterThan(10);
    scene.report(findings);
  });
});
