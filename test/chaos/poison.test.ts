import { afterEach, describe, expect, test } from "vitest";
import { checkScene, endStateOf } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

let scene: ChaosScene;
let supervised = new AbortController();
afterEach(async () => {
  supervised.abort();
  await scene.end();
});

/** Starts a worker anew whenever it dies, as a supervisor does. */
async function supervise(): Promise<void> {
  supervised = new AbortController();
  const { signal } = supervised;
  while (!signal.aborted) {
    const worker = await scene.worker().catch(() => null); // it died while it started
    await worker?.ended;
  }
}

describe("what ends its process", () => {
  test("as a run, ends CRASHED; its neighbours complete", async () => {
    scene = await openScene({ limits: { maxCrashes: 3 } });
    const poison = await scene.start("chaos_poison", null);
    await scene.startMany("chaos_program", programInputs(6, 8));
    await scene.startMany(
      "chaos_steps",
      Array.from({ length: 6 }, () => ({ steps: 2, ms: 700 })),
    );
    void supervise();

    await scene.untilAllEnded(60_000);

    const events = await scene.events(poison);
    expect(events.at(-1)).toMatchObject({ type: "RunCrashed" });
    expect((await endStateOf(events, scene)).message).toMatch(
      /3 workers died .* task \S+#1.* process\.exit/s,
    );
    const findings = await checkScene(scene);
    expect(findings.runs).toBe(15);
    scene.report(findings);
  });

  test("as a queued task, ends as a failed task; its neighbours complete", async () => {
    scene = await openScene();
    const poison = await scene.start("chaos_queued_poison", null);
    await scene.startMany(
      "chaos_map",
      Array.from({ length: 3 }, () => ({ count: 5, ms: 20 })),
    );
    void supervise();

    await scene.untilAllEnded(60_000);

    const events = await scene.events(poison);
    const failed = events.filter((event) => event.type === "TaskFailed");
    expect(failed.map(({ data }) => data.name)).toEqual(["Crashed"]);
    expect((await endStateOf(events, scene)).output).toMatch(/3 workers died .* task/);
    await checkScene(scene);
  });

  test("as a task of the process that owns its run, ends as a failed task that the flow may catch", async () => {
    scene = await openScene();
    const poison = await scene.start("chaos_inline_poison", null);
    void supervise();

    await scene.untilAllEnded(60_000);

    const events = await scene.events(poison);
    const failed = events.filter((event) => event.type === "TaskFailed");
    expect(failed.map(({ data }) => [data.name, data.attempt])).toEqual([["Crashed", 2]]);
    expect(events.filter(({ type }) => type === "OwnerLost").length).toBe(2);
    expect((await endStateOf(events, scene)).output).toMatch(/2 workers died .* task/);
    await checkScene(scene);
  });
});
