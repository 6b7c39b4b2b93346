import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { flow, isEngineError, now, random, sleep, task, taskContext, uuid } from "../../src/index.ts";
import { createHarness, type Harness } from "../../src/testing.ts";

const hour = 3_600_000;
const charge = task("harness_charge", async (cents: number) => `charge ${cents}`);
const far = task("harness_far", { queue: "far" }, async (n: number) => n * 2);
const shaky = task("harness_shaky", { retries: 2, retryDelay: "1h" }, async () => {
  const { attempt } = taskContext();
  if (attempt < 3) throw new Error(`attempt ${attempt}`);
  return attempt;
});
const hangs = task("harness_hangs", { timeout: "1h" }, async () => new Promise<string>(() => undefined));
const hangsFar = hangs.withOptions({ queue: "far", retries: 1, retryDelay: "1h" });
const slow = task("harness_slow", { timeout: "1h" }, async () => {
  const another = setInterval(() => undefined, 1_000); // a timer of the test runner may end meanwhile, and stand for one of ours
  await new Promise((resolve) => void setTimeout(resolve, 60));
  clearInterval(another);
  return "took its time";
});

const orders = flow(
  "harness_orders",
  { input: z.object({ cents: z.number(), note: z.string().default("none") }) },
  async ({ cents, note }) => `${await charge(cents)}, ${note}`,
);
const sleeper = flow("harness_sleeper", async () => {
  const from = now();
  await sleep("1h");
  return now() - from;
});
const many = flow("harness_many", async (list: readonly number[]) => far.map([...list]));
const retried = flow("harness_retried", async () => shaky());
const hanging = flow("harness_hanging", async () => hangs());
const hangingFar = flow("harness_hanging_far", async () => hangsFar());
const working = flow("harness_working", async () => slow());
const chance = flow("harness_chance", async () => [random(), uuid(), now()]);
const broken = flow("harness_broken", async () => {
  throw new RangeError("out of paper");
});
const moody = flow("harness_moody", async () => {
  if (lives.length === 0) lives.push("first");
  else await charge(1);
  await sleep("1h");
});
const lives: string[] = [];
const never = flow("harness_never", async () =>
  Promise.race([hangsForEver(), charge(1).then(() => hangsForEver())]),
);
const hangsForEver = task("harness_hangs_for_ever", async () => new Promise<string>(() => undefined));

let h: Harness;
beforeAll(async () => {
  h = await createHarness({ startAt: "2026-04-30T08:00:00Z" });
});
afterAll(async () => h.close());

describe("a harness", () => {
  test("runs a flow to its end, and gives its result", async () => {
    expect(await h.run(orders, { cents: 5 })).toBe("charge 5, none");
  });

  test("rejects with the error of the flow", async () => {
    await expect(h.run(broken)).rejects.toThrow(RangeError);
    await expect(h.run(orders, { cents: "x" as unknown as number })).rejects.toThrow(/parameters/);
  });

  test("lets an hour of sleep pass at once, and says so in the log and in the flow", async () => {
    const from = h.now();
    const run = await h.start(sleeper);
    expect(h.now()).toBe(from);
    expect(await run.state()).toMatchObject({ type: "RUNNING" });

    expect(await run.result()).toBe(hour);
    expect(await run.state()).toMatchObject({ type: "COMPLETED", name: "Completed" });
    expect(h.now() - from).toBe(hour);
    const at = new Map((await run.history()).map((event) => [event.type, event.at]));
    expect(at.get("TimerFired")! - at.get("TimerStarted")!).toBe(hour);
    expect(at.get("RunCreated")).toBe(from);
  });

  test("lets retry delays and timeouts pass, of tasks here and of queued ones", async () => {
    const from = h.now();
    expect(await h.run(retried)).toBe(3);
    expect(h.now() - from).toBe(2 * hour);

    await expect(h.run(hanging)).rejects.toSatisfy((error) => isEngineError(error, "TASK_TIMED_OUT"));
    expect(h.now() - from).toBe(3 * hour);

    await expect(h.run(hangingFar)).rejects.toSatisfy((error) => isEngineError(error, "TASK_TIMED_OUT"));
    expect(h.now() - from).toBe(6 * hour);
  });

  test("does not let time pass over a task that works", async () => {
    const from = h.now();
    expect(await h.run(working)).toBe("took its time");
    expect(h.now()).toBe(from);
  });

  test("runs queued tasks", async () => {
    expect(await h.run(many, [1, 2, 3])).toEqual([2, 4, 6]);
  });

  test("gives the events of a run with the values that were recorded", async () => {
    const run = await h.start(orders, { cents: 7, note: "x".repeat(50_000) });
    await run.result();

    const events = await run.history();
    const data = (type: string): unknown => events.find((event) => event.type === type)?.data;
    expect(data("TaskScheduled")).toMatchObject({ key: "harness_charge#1", input: [7] });
    expect(data("TaskCompleted")).toMatchObject({ output: "charge 7" });
    expect(data("RunCompleted")).toMatchObject({ output: `charge 7, ${"x".repeat(50_000)}` });
  });

  test("blocks a run whose code does not repeat what it did, and rejects with both calls", async () => {
    await expect(h.run(moody)).rejects.toSatisfy(
      (error) => isEngineError(error, "RUN_BLOCKED") && error.message.includes("harness_charge#1"),
    );
  });

  test("says what a run waits for that nothing brings", async () => {
    await expect(h.run(never)).rejects.toSatisfy(
      (error) => isEngineError(error, "RUN_STUCK") && error.message.includes("harness_hangs_for_ever#1"),
    );
  });

  test("gives the first run of every harness the same id, name and chance", async () => {
    await using one = await h.sibling();
    await using other = await h.sibling();

    expect(await one.run(chance)).toEqual(await other.run(chance));
    expect(one.now()).toBe(Date.parse("2026-04-30T08:00:00Z"));
  });

  test("runs another function in place of a task's, and tells what it was called with", async () => {
    await using mocked = await h.sibling();
    const charged = mocked.mock(charge, (cents) => `mocked ${cents}`);
    const doubled = mocked.mock(far, async (n) => n * 3);

    expect(await mocked.run(orders, { cents: 5 })).toBe("mocked 5, none");
    expect(await mocked.run(many, [1, 2])).toEqual([3, 6]);
    expect(charged.calls).toEqual([[5]]);
    expect(doubled.calls).toEqual([[1], [2]]);
    expect(await h.run(orders, { cents: 5 })).toBe("charge 5, none");
    charged.restore();
    expect(await mocked.run(orders, { cents: 6 })).toBe("charge 6, none");
    expect(charged.calls).toHaveLength(1);
  });
});

describe("time by hand", () => {
  test("passes by `advance`, and everything that is due on the way happens", async () => {
    await using manual = await createHarness({ redisUrl: inject("redisUrl"), time: "manual", startAt: 0 });
    const run = await manual.start(sleeper);
    const waiting = run.result();

    await manual.advance("59m");
    expect(await run.state()).toMatchObject({ type: "RUNNING" });
    await manual.advance("1m");
    expect(await waiting).toBe(hour);
    expect(manual.now()).toBe(hour);
  });

  test("is refused when it is none", async () => {
    await expect(createHarness({ startAt: "soon" })).rejects.toThrow(/must be a time/);
  });
});

describe("a harness on a server by URL", () => {
  test("leaves nothing behind", async () => {
    const other = await createHarness({ redisUrl: inject("redisUrl") });
    await other.run(orders, { cents: 1 });
    const { Redis } = await import("ioredis");
    const redis = new Redis(inject("redisUrl"));
    expect((await redis.keys("mr:{test-*")).length).toBeGreaterThan(0);

    await other.close();

    expect(await redis.keys("mr:{test-*")).toEqual([]);
    redis.disconnect();
    await expect(other.run(orders, { cents: 1 })).rejects.toThrow(/closed/);
  });
});
