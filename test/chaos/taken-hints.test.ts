import { describe, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { inScene } from "../support/chaos-scene.ts";
import { startChild, untilSaid } from "../support/chaos-workers.ts";
import { expectPrompt } from "../support/prompt.ts";
import { waitUntil } from "../support/wait-until.ts";

const limits = { recheckMs: 30_000 }; // the default: nobody hints again meanwhile
const lot = 60; // runs; whether their hints share jobs depends on how many leave at the same moment

describe.concurrent("a worker that dies between taking a hint and beginning with it", () => {
  test.each(["tasks", "runs"] as const)("leaves %s that others begin within 9 s", async (lane) =>
    inScene({ limits }, async (scene) =>
      expectPrompt({ beginMs: 9_000 }, async () => {
        const taker = startChild("taker", [lane, "default", "chaos_map"], scene.env);
        await untilSaid(taker, "ready");
        if (lane === "runs") await scene.start("chaos_map", { count: 3, ms: 1 });
        const owner = await scene.worker(lane === "tasks" ? { concurrency: 1 } : {});
        if (lane === "tasks") await scene.start("chaos_map", { count: 60, ms: 10 });
        await untilSaid(taker, "taken");
        await taker.kill();
        const killedAt = Date.now();

        await scene.untilAllEnded(60_000);

        const beginMs = Date.now() - killedAt;
        await checkScene(scene);
        await owner.stop();
        return { beginMs };
      }),
    ),
  );

  test("leaves tasks of many runs that shared a job, and others begin each of them once", async () =>
    inScene({ limits }, async (scene) => {
      const taker = startChild("taker", ["tasks", "default", "chaos_relay"], scene.env);
      await untilSaid(taker, "ready");
      const owner = await scene.worker({ concurrency: 1 });
      const shared = untilSaid(taker, "sharedBy");
      const allAreTaken = async (): Promise<null> => {
        const taken = taker.lines.filter((line) => line.includes("taken")).length;
        expect(await scene.openRuns()).toHaveLength(taken);
        return null;
      };
      let runs = 0;
      let sharedBy: unknown = null;
      for (; sharedBy === null && runs < 5 * lot; runs += lot) {
        await scene.startMany(
          "chaos_relay",
          Array.from({ length: lot }, () => ({ count: 2, ms: 1 })),
        );
        sharedBy = await Promise.race([shared, waitUntil(allAreTaken, { timeoutMs: 60_000 })]);
      }
      expect(sharedBy).toBeGreaterThan(1);
      await taker.kill();
      const killedAt = Date.now();

      await scene.untilAllEnded(60_000);

      expect(Date.now() - killedAt).toBeLessThan(20_000); // far from the 30 s of a second hint; two tasks a run, one place for all
      const findings = await checkScene(scene);
      expect(findings).toMatchObject({ runs, effects: 2 * runs, repeated: 0 });
      await owner.stop();
    }));
});
