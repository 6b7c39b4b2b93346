import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkScene, endStateOf } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

let scene: ChaosScene;
let isOver = false;
beforeEach(async () => {
  scene = await openScene({ limits: { maxCrashes: 4 } });
});
afterEach(async () => {
  isOver = true;
  await scene.end();
});

/** Starts a worker anew whenever it dies, as a supervisor does. */
async function supervise(): Promise<void> {
  while (!isOver) {
    const worker = await scene.worker().catch(() => null); // it died while it started
    await worker?.ended;
  }
}

describe("what ends its process", () => {
  test("ends CRASHED or as a failed task; everybody else in the same processes completes", async () => {
    void Promise.all([supervise(), supervise()]);
    const poison = await scene.start("chaos_poison", null);
    const queued = await scene.start("chaos_queued_poison", null);
    await scene.startMany("chaos_program", programInputs(6, 20));
    await scene.startMany("chaos_steps", Array.from({ length: 10 }, () => ({ steps: 20, ms: 50 })));

    await scene.untilAllEnded(60_000);

    const crashed = (await scene.events(poison)).at(-1);
    expect(crashed).toMatchObject({ type: "RunCrashed" });
    expect((await endStateOf(await scene.events(poison), scene)).message).toMatch(/4 workers died .* process\.exit/s);
    const failed = (await scene.events(queued)).filter((event) => event.type === "TaskFailed");
    expect(failed.map(({ data }) => data.name)).toEqual(["Crashed"]);
    expect((await endStateOf(await scene.events(queued), scene)).output).toMatch(/3 workers died .* task/);
    const findings = await checkScene(scene);
    expect(findings.runs).toBe(32);
    scene.report(findings);
  });
});
