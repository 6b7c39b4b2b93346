import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decodeValue } from "../../src/events/codec.ts";
import { TaskFailed } from "../../src/events/task-events.ts";
import { taskContext } from "../../src/sdk/context.ts";
import { heartbeat } from "../../src/sdk/heartbeat.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { flow, task } from "../../src/workers/define.ts";
import { WorkerScene } from "../support/worker-scene.ts";

const wait = async (ms: number): Promise<void> =>
  new Promise((resolve) => {
    systemClock.after(ms, resolve);
  });
const never = async (): Promise<never> => new Promise(() => undefined);

/** What one attempt does: beats so often, so far apart, and then returns or hangs. */
const steady = task("hb_steady", { heartbeatTimeout: "1500ms" }, async () => {
  for (let beat = 1; beat <= 40; beat += 1) {
    await wait(100);
    heartbeat(beat);
  }
  return taskContext().attempt;
});
const hanging = task("hb_hanging", { heartbeatTimeout: "200ms", retries: 1, retryDelay: 0 }, async () => {
  heartbeat({ page: taskContext().attempt, before: taskContext().lastHeartbeat });
  await never();
});
const failing = task("hb_failing", { retries: 2 }, async () => {
  const { attempt, lastHeartbeat } = taskContext();
  if (attempt === 3) return lastHeartbeat;
  if (attempt === 1) heartbeat(new Map([["offset", 7]]));
  throw new Error("later");
});
const lively = task("hb_lively", async () => {
  for (let beat = 0; beat < 1_000; beat += 1) heartbeat(beat);
  await wait(50);
});
const unwanted = task("hb_unwanted", { heartbeatTimeout: "500ms" }, async () => {
  const { signal } = taskContext();
  for (;;) {
    await wait(50);
    try {
      heartbeat();
    } catch (error) {
      seen.push([signal.aborted, error]);
      throw error;
    }
  }
});
const seen: unknown[] = [];

interface Kind {
  readonly queued: boolean;
}
const all = { steady, hanging, failing, lively, unwanted };
const flows = Object.entries(all).map(([name, called]) =>
  flow(
    `hb_${name}_flow`,
    async ({ queued }: Kind): Promise<unknown> => (queued ? called.submit().result() : called()),
  ),
);
const names = flows.map(({ spec }) => spec.name);

let scene: WorkerScene;
beforeEach(async () => {
  scene = await WorkerScene.open();
});
afterEach(async () => scene.end());

describe.each([{ queued: true }, { queued: false }])("a task (queued: $queued)", ({ queued }) => {
  test("that gives heartbeats runs much longer than its heartbeatTimeout", async () => {
    await scene.worker(names);

    const run = await scene.start("hb_steady_flow", { queued });

    expect(await scene.result(run)).toBe(1);
  });

  test("without heartbeats times out, is tried again with the details, and ends after its last attempt", async () => {
    await scene.worker(names);

    const run = await scene.start("hb_hanging_flow", { queued });

    const { data: first } = await scene.event(run, "TaskAttemptFailed");
    expect(first.error).toMatchObject({
      code: "TASK_TIMED_OUT",
      message: expect.stringMatching(/heartbeat/),
    });
    expect(decodeValue(first.heartbeat as Uint8Array, "details")).toEqual({ page: 1, before: undefined });
    const { data: end } = await scene.event(run, "TaskFailed");
    expect(end).toMatchObject({ attempt: 2, name: "TimedOut", error: { code: "TASK_TIMED_OUT" } });
  });

  test("finds the details of the newest heartbeat that any attempt gave", async () => {
    await scene.worker(names);

    const run = await scene.start("hb_failing_flow", { queued });

    expect(await scene.result(run)).toEqual(new Map([["offset", 7]]));
  });
});

test("a thousand heartbeats at once are stored once or twice", async () => {
  const { host } = await scene.worker(names);
  const beat = vi.spyOn(host.beats, "beat");

  await scene.event(await scene.start("hb_lively_flow", { queued: true }), "RunCompleted");

  expect(beat.mock.calls.length).toBeGreaterThanOrEqual(1);
  expect(beat.mock.calls.length).toBeLessThanOrEqual(2);
});

test("the next heartbeat of an attempt that nobody waits for throws, its signal fires, and nothing is recorded", async () => {
  const { host, stop } = await scene.worker(names);
  const run = await scene.start("hb_unwanted_flow", { queued: true });
  const { data } = await scene.event(run, "TaskStarted");
  const error = { name: "Error", message: "ended elsewhere", stack: null, code: null, causes: [] };

  await host.log.append({
    run,
    actor: "client:test",
    events: [TaskFailed.make({ key: data.key, attempt: 1, error, name: "Failed" })],
    dedupeKey: `end ${data.key}`,
    seen: -1,
    wakeInMs: 0,
    attempt: null,
    unblock: false,
  });

  await scene.event(run, "RunFailed");
  await vi.waitFor(() => expect(seen.length).toBe(1), { timeout: 10_000 });
  const why = /Nobody waits|The run has ended/; // the store says so, or a hint that was quicker
  expect(seen).toEqual([[true, expect.objectContaining({ message: expect.stringMatching(why) })]]);
  await stop();
  expect((await scene.events(run)).at(-1)?.type).toBe("RunFailed");
});
