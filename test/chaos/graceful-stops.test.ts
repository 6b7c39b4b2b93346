import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkScene, endStateOf } from "../support/chaos-check.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { expectPrompt } from "../support/prompt.ts";

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => scene.end());

const taskMs = 400;

describe("a worker that is told to stop", () => {
  test("hands its runs over within 2 s after its tasks have ended, and spends no attempt", async () => {
    const limits = { stopMs: taskMs + 2_000, lastBeginMs: 500, goOnMs: 2_000 };
    await expectPrompt(limits, async () => {
      const leaving = await scene.worker();
      await scene.startMany(
        "chaos_steps",
        Array.from({ length: 20 }, () => ({ steps: 15, ms: taskMs })),
      );
      await scene.startMany(
        "chaos_relay",
        Array.from({ length: 10 }, () => ({ count: 15, ms: taskMs })),
      );
      await scene.untilMoreEffects(40);
      const toldAt = Date.now();

      const { isClean, tookMs } = await leaving.stop();

      expect(isClean).toBe(true);
      const open = await scene.openRuns();
      expect(open.length).toBe(30);
      expect(await scene.ownedCount()).toBe(0);
      const begunAt = scene.effects().flatMap(({ at, phase }) => (phase === "start" ? [at] : []));
      const next = await scene.worker();
      const nextAt = Date.now();
      await until(30_000, async () => {
        const begun = scene.effects().filter(({ pid }) => pid === next.pid);
        expect(open.filter((run) => !begun.some((effect) => effect.run === run))).toEqual([]);
      });
      const times = {
        stopMs: tookMs,
        lastBeginMs: Math.max(...begunAt) - toldAt,
        goOnMs: Date.now() - nextAt,
      };
      await scene.untilAllEnded(60_000);
      await next.stop();
      scene.report(times);
      return times;
    });

    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ ownersLost: 0, tasksCrashed: 0, repeated: 0 });
    expect(scene.effects().filter(({ attempt }) => attempt > 1)).toEqual([]);
  });

  test("in the middle of a map of 200 tasks, loses and repeats none", async () => {
    const serving = await Promise.all([scene.worker({ concurrency: 10 }), scene.worker({ concurrency: 10 })]);
    await scene.start("chaos_map", { count: 200, ms: 60 });
    await scene.untilMoreEffects(40);

    for (let change = 0; change < 3; change += 1) {
      const [leaving] = serving.splice(0, 1);
      serving.push(await scene.worker({ concurrency: 10 }));
      expect((await leaving?.stop())?.isClean).toBe(true);
      await scene.untilMoreEffects(20);
    }
    await scene.untilAllEnded(60_000);

    const findings = await checkScene(scene);
    expect(findings).toMatchObject({ ownersLost: 0, tasksCrashed: 0, repeated: 0, effects: 200 });
  });
});

describe.each([
  { kind: "deaf", isQueued: false },
  { kind: "deaf", isQueued: true },
  { kind: "polite", isQueued: false },
  { kind: "polite", isQueued: true },
] as const)(
  "a worker whose grace is over while a $kind task (queued: $isQueued) runs",
  ({ kind, isQueued }) => {
    test("gives it up, and another worker runs it again; that is no failure of the task", async () => {
      const leaving = await scene.worker({ graceMs: 300 }, { CHAOS_DEAF: "yes" });
      const run = await scene.start("chaos_wait", { ms: 30_000, kind, isQueued });
      await scene.untilEffect(30_000, (effect) => effect.run === run);

      const [{ isClean }] = await Promise.all([leaving.stop(), scene.worker()]);
      await scene.untilAllEnded(60_000);

      expect(isClean).toBe(false);
      const events = await scene.events(run);
      const state = await endStateOf(events, scene);
      expect([state.type, state.output]).toEqual(["COMPLETED", kind === "deaf" ? "heard" : "finished"]);
      expect(events.filter(({ type }) => type === "TaskAttemptFailed" || type === "TaskFailed")).toEqual([]);
      await checkScene(scene);
    });
  },
);

test("a run that is being claimed while its worker is told to stop, is handed over too", async () => {
  const ballast = "x".repeat(1024 * 1024); // reading the parameters takes a while
  await expectPrompt({ stopMs: 3_000 }, async () => {
    const runs = await scene.startMany(
      "chaos_steps",
      Array.from({ length: 20 }, () => ({ steps: 80, ms: 100, ballast })),
    );
    const leaving = await scene.worker();
    while ((await scene.ownedCount()) < 6);

    const { isClean, tookMs } = await leaving.stop();

    expect(isClean).toBe(true);
    expect((await scene.openRuns()).toSorted()).toEqual(runs.toSorted());
    const begun = scene.effects().filter(({ phase, pid }) => phase === "start" && pid === leaving.pid);
    expect(Math.max(...begun.map(({ key }) => Number(key.split("#")[1])))).toBeLessThan(60);
    const next = await scene.worker();
    await scene.untilAllEnded(60_000);
    await next.stop();
    return { stopMs: tookMs };
  });

  await checkScene(scene);
});
