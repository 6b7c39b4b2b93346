import { describe, expect, test } from "vitest";
import { checkScene, endStateOf } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, inScene, type SceneOptions } from "../support/chaos-scene.ts";

/** In a scene where a worker is started anew whenever it dies, as a supervisor does. */
async function supervised(
  options: SceneOptions,
  prepare: (scene: ChaosScene) => Promise<string>,
  judge: (scene: ChaosScene, poison: string) => Promise<void>,
): Promise<void> {
  await inScene(options, async (scene) => {
    const over = new AbortController();
    const supervise = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const worker = await scene.worker().catch(() => null); // it died while it started
        await worker?.ended;
      }
    };
    const poison = await prepare(scene);
    void supervise();
    try {
      await scene.untilAllEnded(120_000);
      await judge(scene, poison);
    } finally {
      over.abort();
    }
  });
}

describe.concurrent("what ends its process", () => {
  test("as a run, ends CRASHED; its neighbours complete", async () => {
    const prepare = async (scene: ChaosScene): Promise<string> => {
      const poison = await scene.start("chaos_poison", null);
      await scene.startMany("chaos_program", programInputs(6, 8));
      await scene.startMany(
        "chaos_steps",
        Array.from({ length: 6 }, () => ({ steps: 2, ms: 700 })),
      );
      return poison;
    };

    await supervised({ limits: { maxCrashes: 3 } }, prepare, async (scene, poison) => {
      const events = await scene.events(poison);
      expect(events.at(-1)).toMatchObject({ type: "RunCrashed" });
      expect((await endStateOf(events, scene)).message).toMatch(
        /3 workers died .* task \S+#1.* process\.exit/s,
      );
      const findings = await checkScene(scene);
      expect(findings.runs).toBe(15);
      scene.report(findings);
    });
  });

  test("as a queued task, ends as a failed task; its neighbours complete", async () => {
    const prepare = async (scene: ChaosScene): Promise<string> => {
      const poison = await scene.start("chaos_queued_poison", null);
      await scene.startMany(
        "chaos_map",
        Array.from({ length: 3 }, () => ({ count: 5, ms: 20 })),
      );
      return poison;
    };

    await supervised({}, prepare, async (scene, poison) => {
      const events = await scene.events(poison);
      const failed = events.filter((event) => event.type === "TaskFailed");
      expect(failed.map(({ data }) => data.name)).toEqual(["Crashed"]);
      expect((await endStateOf(events, scene)).output).toMatch(/3 workers died .* task/);
      await checkScene(scene);
    });
  });

  test("as a task of the process that owns its run, ends as a failed task that the flow may catch", async () => {
    const prepare = async (scene: ChaosScene): Promise<string> => scene.start("chaos_inline_poison", null);

    await supervised({}, prepare, async (scene, poison) => {
      const events = await scene.events(poison);
      const failed = events.filter((event) => event.type === "TaskFailed");
      expect(failed.map(({ data }) => [data.name, data.attempt])).toEqual([["Crashed", 2]]);
      expect(events.filter(({ type }) => type === "OwnerLost").length).toBe(2);
      expect((await endStateOf(events, scene)).output).toMatch(/2 workers died .* task/);
      await checkScene(scene);
    });
  });
});
