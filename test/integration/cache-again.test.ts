import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { flow, INPUTS, runContext, task } from "../../src/index.ts";
import { forkRun } from "../../src/workers/fork-run.ts";
import { defaultWorkerOptions, Worker } from "../../src/workers/worker.ts";
import { SharingScene } from "../support/sharing-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const patience = { timeoutMs: 20_000 };
let scene: SharingScene;
let calls: number[] = [];
beforeEach(async () => {
  scene = await SharingScene.open(inject("redisUrl"));
  calls = [];
});
afterEach(async () => scene.end());

const typesOf = async (run: string): Promise<readonly string[]> =>
  (await scene.events(run)).map(({ type }) => type);

describe("a fork that does a task with a cache again", () => {
  const tenfold = task("tenfold", { cache: INPUTS }, async (n: number) => {
    calls.push(n);
    return n * 10;
  });
  const whole = flow("tenfold_flow", async () => tenfold(1));

  test("calls its function, and keeps nothing of other arguments under the recorded key", async () => {
    const host = await scene.host();
    await scene.worker(whole);
    const { run } = await scene.run(host, whole);

    const again = await forkRun(scene.client, run, { task: "tenfold#1" });
    await waitUntil(async () => expect(await typesOf(again.run)).toContain("RunCompleted"), patience);
    expect(calls).toEqual([1, 1]);

    const other = await forkRun(scene.client, run, { task: "tenfold#1", args: [2] });
    await waitUntil(async () => expect(await typesOf(other.run)).toContain("RunCompleted"), patience);
    expect(calls).toEqual([1, 1, 2]);
    expect(await scene.result(host, whole)).toBe(10);
    expect(calls).toEqual([1, 1, 2]);
  });
});

describe("a queued call that waits for the one that makes its result", () => {
  let letGo = (): void => undefined;
  let gate: Promise<void> = Promise.resolve();
  let waiting = "";
  beforeEach(() => {
    gate = new Promise((resolve) => {
      letGo = resolve;
    });
    waiting = "";
  });
  const options = { cache: INPUTS, cacheIsolation: "serializable" } as const;
  const gated = task("gated", options, async (n: number) => {
    calls.push(n);
    await gate;
    return n + 1;
  });
  const inline = flow("gated_inline", async () => gated(1));
  const queued = flow("gated_queued", async () => {
    waiting = runContext().id;
    return gated.submit(1).result();
  });

  test("is given back by a worker that stops, as the same attempt", async () => {
    const making = scene.result(await scene.host(), inline);
    await waitUntil(async () => expect(calls).toEqual([1]), patience);
    const worker = new Worker(await scene.host([queued.spec]), {
      ...defaultWorkerOptions,
      queues: ["default"],
      flows: [queued.spec.name],
      releaseMs: 0,
    });
    await worker.start();
    const waits = scene.result(await scene.host(), queued);
    await waitUntil(async () => expect(await typesOf(waiting)).toContain("TaskStarted"), patience);

    expect(await worker.stop()).toBe(true);
    expect(await typesOf(waiting)).not.toContain("TaskReused");
    await scene.worker(queued);
    letGo();

    expect(await Promise.all([making, waits])).toEqual([2, 2]);
    expect(calls).toEqual([1]);
    const started = (await scene.events(waiting)).filter(({ type }) => type === "TaskStarted");
    expect(started.map(({ data }) => "attempt" in data && data.attempt)).toEqual([1, 1]);
    expect(await typesOf(waiting)).not.toContain("TaskCrashed");
  });
});
