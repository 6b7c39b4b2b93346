import { afterEach, beforeEach, expect, test } from "vitest";
import { taskContext } from "../../src/sdk/context.ts";
import { flow, task } from "../../src/workers/define.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

let calls: number[] = []; // the attempt of each
const patient = task("given_back_task", { retries: 1 }, async () => {
  const { attempt, signal } = taskContext();
  calls.push(attempt);
  if (calls.length > 1) return "elsewhere";
  return new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
});
const giving = flow("given_back", async () => patient.submit().result());

let scene: WorkerScene;
beforeEach(async () => {
  calls = [];
  scene = await WorkerScene.open();
});
afterEach(async () => scene.end());

test("an attempt that is given back begins in a worker that was offered it before, while another one had it", async () => {
  const names = [giving.spec.name];
  const lane = { flow: giving.spec.name, queue: "default" };
  const leaving = await scene.worker(names, { concurrency: 1, releaseMs: 10 });
  const run = await scene.start(giving.spec.name);
  const { position, data } = await scene.event(run, "TaskScheduled");
  await waitUntil(async () => expect(calls).toEqual([1]), { timeoutMs: 20_000 });
  const next = await scene.worker(names);
  const { queues } = next.host;

  // As after a claim of the run: the job that brought it has another id, and there is no place in the worker that has it.
  await queues.hintTasksBack([
    { ...lane, run, task: data.name, key: data.key, position, attempt: 1, delayMs: 0, crashes: 0 },
  ]);
  await waitUntil(
    async () =>
      expect(await queues.depth("tasks", "default", lane.flow)).toMatchObject({ waiting: 0, active: 1 }),
    { timeoutMs: 20_000 },
  );
  expect(calls).toEqual([1]); // it was refused
  expect(await leaving.stop()).toBe(true);

  expect(await scene.result(run)).toBe("elsewhere");
  expect(calls).toEqual([1, 1]);
});
