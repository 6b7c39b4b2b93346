import { afterEach, beforeEach, expect, test } from "vitest";
import { flow, task } from "../../src/workers/define.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

let scene: WorkerScene;
beforeEach(async () => {
  scene = await WorkerScene.open();
});
afterEach(async () => scene.end());

const begun: string[] = [];
let letGo = (): void => undefined;

const hold = task("priority_hold", { priority: 1 }, async () => {
  begun.push("hold");
  await new Promise<void>((resolve) => {
    letGo = resolve;
  });
});
const step = task("priority_step", async (name: string) => void begun.push(name));
const urgent = task("priority_urgent", { priority: 1 }, async (name: string) => void begun.push(name));

const crowd = flow("priority_crowd", async () => {
  const first = hold.submit();
  const all = [
    step.submit("none-1"),
    step.withOptions({ priority: 3 }).submit("three-1"),
    urgent.submit("one-1"),
    step.withOptions({ priority: 3 }).submit("three-2"),
    step.submit("none-2"),
    step.withOptions({ priority: 2 }).submit("two"),
    urgent.submit("one-2"),
  ];
  for (const future of [first, ...all]) await future.result();
});

test("queued tasks begin by priority, in the order of the calls within one, and those without one at last", async () => {
  await scene.worker([crowd.spec.name], { concurrency: 1 });
  const run = await scene.start(crowd.spec.name);
  const submitted = async (): Promise<void> => {
    expect(begun).toEqual(["hold"]);
    const events = await scene.client.events(run);
    expect(events.filter(({ type }) => type === "TaskScheduled")).toHaveLength(8);
    expect(
      await scene.client.store.redis.zcard(
        `mr:{${scene.client.store.namespace.name}:q:default/${crowd.spec.name}}:tasks:prioritized`,
      ),
    ).toBe(7);
  };
  await waitUntil(submitted, { timeoutMs: 30_000 });

  letGo();

  expect((await scene.ending(run)).type).toBe("RunCompleted");
  expect(begun).toEqual(["hold", "one-1", "one-2", "two", "three-1", "three-2", "none-1", "none-2"]);
  const rules = (await scene.client.events(run)).flatMap((event) =>
    event.type === "TaskScheduled" ? [event.data.rules?.priority ?? null] : [],
  );
  expect(rules).toEqual([1, null, 3, 1, 3, null, 2, 1]);
});
