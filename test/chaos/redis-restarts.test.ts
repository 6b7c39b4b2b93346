import { describe, expect, test } from "vitest";
import { leaseTtlMs } from "../../src/redis/roster.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { checkScene } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { inScene } from "../support/chaos-scene.ts";
import { lostSince, snapshot } from "../support/chaos-snapshot.ts";

test.concurrent("an outage that is longer than every lease makes nobody lose runs or attempts", async () =>
  inScene({}, async (scene) => {
    const { server } = scene;
    await Promise.all([scene.worker(), scene.worker()]);
    await scene.startMany(
      "chaos_steps",
      Array.from({ length: 10 }, () => ({ steps: 1, ms: 9_000 })),
    );
    await scene.startMany(
      "chaos_map",
      Array.from({ length: 3 }, () => ({ count: 5, ms: 9_000 })),
    );
    await scene.untilMoreEffects(25);

    await server.kill();
    await new Promise<void>((resolve) => {
      systemClock.after(leaseTtlMs + 1_000, resolve);
    });
    await server.restart();
    await scene.untilAllEnded(60_000);

    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ runs: 13, ownersLost: 0, tasksCrashed: 0, repeated: 0 });
  }));

describe.concurrent.each(["everysec", "always"] as const)("Redis with appendfsync %s", (appendfsync) => {
  test("may be killed and shut down: what was acknowledged stays, and 100 runs end", async () =>
    inScene({ appendfsync }, async (scene) => {
      const { server, client } = scene;
      await Promise.all([scene.worker(), scene.worker()]);
      const runs: string[] = [];

      for (const [round, how] of (["kill", "shutdown", "kill", "kill"] as const).entries()) {
        runs.push(...(await scene.startMany("chaos_program", programInputs(round, 25))));
        await scene.untilMoreEffects(25);
        const before = await snapshot(scene, runs);
        if (how === "kill") await server.kill();
        else await server.shutdown();
        await server.restart();
        const after = await snapshot(scene, runs);
        expect(lostSince(before, after)).toEqual([]);
      }
      await scene.untilAllEnded(60_000);

      const findings = await checkScene(scene);
      expect(findings.runs).toBe(100);
      expect(await client.store.redis.ping()).toBe("PONG");
      scene.report(findings);
    }));
});
