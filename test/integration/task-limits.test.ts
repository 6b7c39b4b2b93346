import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { taskContext } from "../../src/sdk/context.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { flow, task } from "../../src/workers/define.ts";
import { defaultLimits } from "../../src/workers/run-ports.ts";
import { expectPrompt } from "../support/prompt.ts";
import { WorkerScene } from "../support/worker-scene.ts";

const unserved = task(
  "lim_unserved",
  { queue: "lim_nobody", scheduleToStart: "600ms", retries: 3 },
  async () => 1,
);
const failing = task(
  "lim_failing",
  { scheduleToClose: "20s", retries: 50, retryDelay: ["50ms", "1h"] },
  async () => {
    throw new Error("not today");
  },
);
const slow = task("lim_slow", { scheduleToClose: "300ms", retries: 5 }, async () => {
  const { signal } = taskContext();
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw new Error("swallowed: it came after the end");
});
const moody = task("lim_moody", { scheduleToClose: "4s", retries: 5 }, async () => {
  const { attempt, signal } = taskContext();
  if (attempt === 1) throw new Error("not today");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
});
const stranded = task(
  "lim_stranded",
  { queue: "lim_far", scheduleToClose: "4s", retries: 5, retryDelay: "2s" },
  async () => {
    throw new Error("not today");
  },
);
let resolveLate: (value: string) => void = () => undefined;
const zombie = task("lim_zombie", { timeout: "100ms" }, async () => {
  const late = new Promise<string>((resolve) => {
    resolveLate = resolve;
  });
  return late;
});
const quick = task("lim_quick", { scheduleToStart: "1m", scheduleToClose: "1m" }, async () => "in time");

interface Kind {
  readonly queued: boolean;
}
const all = { unserved, failing, slow, moody, stranded, zombie, quick };
const flows = Object.entries(all).map(([name, called]) =>
  flow(`lim_${name}_flow`, async ({ queued }: Kind): Promise<unknown> => {
    try {
      return await (queued ? called.submit().result() : called());
    } catch (error) {
      if (!isEngineError(error, "TASK_TIMED_OUT")) throw error;
      const cause = error.cause instanceof Error ? error.cause.message : null;
      return [error.message, cause];
    }
  }),
);
const names = flows.map(({ spec }) => spec.name);

let scene: WorkerScene;
beforeEach(async () => {
  scene = await WorkerScene.open();
});
afterEach(async () => scene.end());

describe.each([
  { how: "stays in memory", parkAfterMs: 60_000 },
  { how: "is parked", parkAfterMs: 0 },
])("a queued task that no worker begins, in a run that $how", ({ parkAfterMs }) => {
  test("fails when its scheduleToStart is over", async () => {
    await scene.worker(names, { limits: { ...defaultLimits, parkAfterMs } });

    const run = await scene.start("lim_unserved_flow", { queued: true });

    expect(await scene.result(run)).toEqual([expect.stringMatching(/No worker began .* 600 ms/), null]);
    const events = await scene.events(run);
    const scheduled = await scene.event(run, "TaskScheduled");
    const failed = await scene.event(run, "TaskFailed");
    expect(failed.data).toMatchObject({ name: "TimedOut", attempt: 1 });
    expect(failed.recordedAt - scheduled.recordedAt).toBeGreaterThanOrEqual(600);
    expect(events.filter(({ type }) => type === "TaskStarted" || type === "TaskAttemptFailed")).toEqual([]);
  });
});

test("scheduleToStart counts from the call, whatever was restarted since", async () => {
  const first = await scene.worker(names);
  const run = await scene.start("lim_unserved_flow", { queued: true });
  const scheduled = await scene.event(run, "TaskScheduled");
  await first.stop();

  await scene.worker(names);

  const failed = await scene.event(run, "TaskFailed");
  expect(failed.data.name).toBe("TimedOut");
  expect(failed.recordedAt - scheduled.recordedAt).toBeGreaterThanOrEqual(600);
});

describe.each([{ queued: true }, { queued: false }])("a task (queued: $queued)", ({ queued }) => {
  test("with scheduleToClose has no attempt that would begin later, and names the last error", async () => {
    await scene.worker(names);

    // at once, not when its time is over
    await expectPrompt({ tookMs: 2_000 }, async () => {
      const run = await scene.start("lim_failing_flow", { queued });

      expect(await scene.result(run)).toEqual([
        expect.stringMatching(/scheduleToClose of 20 s/),
        "not today",
      ]);
      const events = await scene.events(run);
      const tries = events.filter(({ type }) => type === "TaskAttemptFailed").length;
      expect(tries).toBe(1);
      const [scheduled, failed] = [
        await scene.event(run, "TaskScheduled"),
        await scene.event(run, "TaskFailed"),
      ];
      return { tookMs: failed.recordedAt - scheduled.recordedAt };
    });
  });

  test("whose attempt lasts until its scheduleToClose ends then, without another attempt", async () => {
    await scene.worker(names);

    const run = await scene.start("lim_slow_flow", { queued });

    expect(await scene.result(run)).toEqual([expect.stringMatching(/scheduleToClose of 300 ms/), null]);
    expect((await scene.events(run)).filter(({ type }) => type === "TaskAttemptFailed")).toEqual([]);
  });

  test("whose second attempt lasts until its scheduleToClose names the error of the first", async () => {
    await scene.worker(names);

    const run = await scene.start("lim_moody_flow", { queued });

    expect(await scene.result(run)).toEqual([expect.stringMatching(/scheduleToClose of 4 s/), "not today"]);
    const types = (await scene.events(run)).map(({ type }) => type);
    expect(types.filter((type) => type === "TaskAttemptFailed")).toHaveLength(1);
  });

  test("that resolves after its timeout is not heard any more", async () => {
    await scene.worker(names);

    const run = await scene.start("lim_zombie_flow", { queued });
    await scene.event(run, "TaskFailed");
    resolveLate("late");

    expect(await scene.result(run)).toEqual([expect.stringMatching(/exceeded timeout of 100 ms/), null]);
    await new Promise<void>((resolve) => void systemClock.after(50, resolve));
    expect((await scene.events(run)).filter(({ type }) => type === "TaskCompleted")).toEqual([]);
  });

  test("that ends in time is not touched by its limits", async () => {
    await scene.worker(names);

    const run = await scene.start("lim_quick_flow", { queued });

    expect(await scene.result(run)).toBe("in time");
  });
});

test("a queued task whose next attempt nobody begins names the error of the one before when its scheduleToClose is over", async () => {
  await scene.worker(names);
  const far = await scene.worker(names, { queues: ["lim_far"] });
  const run = await scene.start("lim_stranded_flow", { queued: true });
  await scene.event(run, "TaskAttemptFailed");
  await far.stop();

  expect(await scene.result(run)).toEqual([expect.stringMatching(/scheduleToClose of 4 s/), "not today"]);
});

test("a task that is called outside of a flow names the error of its attempt before", async () => {
  await expect(moody()).rejects.toMatchObject({
    code: "TASK_TIMED_OUT",
    details: { limit: "scheduleToClose" },
    cause: { message: "not today" },
  });
});
