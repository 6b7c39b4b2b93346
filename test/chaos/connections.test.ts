import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { startProxy } from "../support/chaos-proxy.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";
import { SimRandom } from "../support/sim-random.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => scene.end());

describe("connections that break", () => {
  test("every 300 ms, all of them: 100 runs end, each task ran once", async () => {
    const { redis } = scene.client.store;
    await Promise.all([scene.worker(), scene.worker()]);
    await scene.startMany("chaos_program", programInputs(3, 100));

    let kills = 0;
    const check = async (): Promise<void> => {
      kills += Number(await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
      if ((await scene.openRuns()).length > 0) throw new Error("Runs are open.");
    };
    await waitUntil(check, { timeoutMs: 80_000, intervalMs: 300 });

    await scene.untilAllEnded(1_000);
    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ runs: 100, ownersLost: 0, tasksCrashed: 0, repeated: 0 });
    expect(kills).toBeGreaterThan(10);
    scene.report({ ...findings, kills });
  });

  test("in the middle of replies, at random bytes: 100 runs end, each task ran once", async () => {
    const random = new SimRandom(4);
    const proxy = await startProxy(scene.server.port, { random, minBytes: 2_000, maxBytes: 40_000 });
    const env = { MILLRACE_REDIS_URL: proxy.url };
    await Promise.all([scene.worker({}, env), scene.worker({}, env)]);
    await scene.startMany("chaos_program", programInputs(5, 100));

    await scene.untilAllEnded(60_000);

    expect(proxy.cuts()).toBeGreaterThan(10);
    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ runs: 100, repeated: 0 });
    scene.report({ ...findings, cuts: proxy.cuts() });
    proxy.close();
  });
});
