import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flow, isEngineError, sleep, task, taskContext } from "../../src/index.ts";
import { createHarness, forEveryCrashPoint, type Harness, type HarnessRun } from "../../src/testing.ts";

const reserve = task("faults_reserve", { retries: 2, retryDelay: "10s" }, async (item: string) => {
  if (taskContext().attempt === 1) throw new Error("busy");
  return `reserved ${item}`;
});
const charge = task("faults_charge", async (cents: number) => `charged ${cents}`);
const ship = task("faults_ship", { queue: "far" }, async (item: string) => `shipped ${item}`);

const order = flow("faults_order", async (items: readonly string[]) => {
  const reserved = await reserve(items[0] ?? "");
  const [charged] = await Promise.all([charge(items.length), sleep("1h")]);
  const shipped = await ship.map([...items]).result();
  return [reserved, charged, ...shipped];
});
const items = ["a", "b", "c"];
const expected = ["reserved a", "charged 3", "shipped a", "shipped b", "shipped c"];

let memory = 0;
const forgetful = flow("faults_forgetful", async () => {
  memory += 1;
  const n = memory;
  await sleep("1s");
  return n;
});
const failing = flow("faults_failing", async () => {
  await sleep("1h");
  throw new RangeError("no stock");
});

let h: Harness;
beforeAll(async () => {
  h = await createHarness({ startAt: "2026-04-30T08:00:00Z" });
});
afterAll(async () => h.close());

/** Types of the events that a worker recorded of a run. */
async function writtenBy(worker: string, run: HarnessRun<unknown>): Promise<readonly string[]> {
  const events = await run.events();
  return events.filter(({ actor }) => actor === `worker:${worker}`).map(({ type }) => type);
}

describe("a worker that dies", () => {
  test("before its commit has not made it; another worker goes on when the lease has run out", async () => {
    await using one = await h.sibling();
    one.faults.crashBefore(2);
    const run = await one.start(order, items);

    expect(await run.result()).toEqual(expected);
    expect(await writtenBy("worker-1", run)).toEqual(["TurnTaken", "RunStarted", "TaskScheduled"]);
    expect((await run.history()).map(({ type }) => type)).not.toContain("TaskAttemptFailed"); // it was lost
    const lost = (await run.history()).filter(({ type }) => type === "OwnerLost");
    expect(lost.map(({ data }) => data)).toEqual([{ worker: "worker-1", epoch: 1 }]);
    expect(one.faults.crashes).toBe(1);
  });

  test("after its commit has made it, and does not know", async () => {
    await using one = await h.sibling();
    one.faults.crashAfter(2);
    const run = await one.start(order, items);

    expect(await run.result()).toEqual(expected);
    const written = await writtenBy("worker-1", run);
    expect(written).toEqual(["TurnTaken", "RunStarted", "TaskScheduled", "TaskAttemptFailed"]);
    expect(run.begun().get("faults_reserve#1")).toBe(2);
    expect(one.faults.crashes).toBe(1);
  });

  test("twice is survived, too", async () => {
    await using one = await h.sibling();
    one.faults.crashAfter(1);
    one.faults.crashBefore(5);

    expect(await one.run(order, items)).toEqual(expected);
    expect(one.faults.crashes).toBe(2);
  });

  test("is refused at a commit that there cannot be", () => {
    expect(() => h.faults.crashBefore(0)).toThrow(/whole number from 1/);
  });
});

describe("every crash point", () => {
  test("gives the same result, the same calls and each end once", async () => {
    const seen: string[] = [];
    const points = await forEveryCrashPoint(h, order, items, ({ point, result, begun, run }) => {
      seen.push(`${point.when} ${point.commit}`);
      expect(result).toEqual(expected);
      expect(Math.max(...begun.values())).toBeLessThanOrEqual(3);
      expect(run.id).toMatch(/^01/);
    });

    expect(points).toBeGreaterThan(20);
    expect(seen).toHaveLength(points);
    expect(seen.slice(0, 3)).toEqual(["before 1", "after 1", "before 2"]);
  });

  test("of a flow that fails, fails in the same way", async () => {
    const errors = new Set<string>();
    await forEveryCrashPoint(h, failing, undefined, ({ error }) => void errors.add(error?.message ?? ""));

    expect([...errors]).toEqual(["no stock"]);
  });

  test("of a flow that keeps something in memory is reported, with the point", async () => {
    await expect(forEveryCrashPoint(h, forgetful, undefined)).rejects.toSatisfy(
      (error) => isEngineError(error, "CRASH_UNSAFE") && /before commit 1\b/.test(error.message),
    );
  });

  test("passes on what the check throws", async () => {
    const check = (): never => {
      throw new Error("not enough");
    };
    await expect(forEveryCrashPoint(h, failing, undefined, check)).rejects.toThrow("not enough");
  });
});

describe("hints", () => {
  test("that come twice, to two workers, change nothing", async () => {
    await using one = await h.sibling();
    const shipped = one.mock(ship, (item) => `shipped ${item}`);
    one.faults.duplicateDelivery();

    expect(await one.run(order, items)).toEqual(expected);
    expect(shipped.calls.map(([item]) => item).toSorted()).toEqual(items);
  });

  test("that get lost are made again from the log", async () => {
    await using one = await h.sibling();
    const shipped = one.mock(ship, (item) => `shipped ${item}`);
    one.faults.loseHints();
    const from = one.now();
    const run = await one.start(order, items);
    expect(await run.state()).toMatchObject({ type: "SCHEDULED" }); // nobody has heard of it

    expect(await run.result()).toEqual(expected);
    expect(shipped.calls).toHaveLength(3);
    expect(one.now() - from).toBeGreaterThan(3_600_000 + 10_000); // what it takes when none is lost

    one.faults.clear();
    const before = one.now();
    expect(await one.run(order, items)).toEqual(expected);
    expect(one.now() - before).toBe(3_600_000 + 10_000);
  });
});

describe("always-replay mode", () => {
  test("gives the code a new life before every step, and the run ends the same", async () => {
    const lives: number[] = [];
    const counted = flow("faults_counted", async () => {
      lives.push(lives.length);
      return [await charge(1), await charge(2), await charge(3)];
    });
    await using cached = await createHarness();
    await cached.run(counted);
    const usual = lives.splice(0).length;
    await using replaying = await createHarness({ alwaysReplay: true });

    expect(await replaying.run(counted)).toEqual(["charged 1", "charged 2", "charged 3"]);
    expect(usual).toBeLessThanOrEqual(process.env["MILLRACE_ALWAYS_REPLAY"] === "1" ? 99 : 1);
    expect(lives.length).toBeGreaterThanOrEqual(3);
    expect(await replaying.run(order, items)).toEqual(expected);
  });

  test("finds code that keeps something in memory, where no worker dies", async () => {
    const drawn = flow("faults_drawn", async () => {
      const list: string[] = [];
      list.push(await charge(1));
      lucky += 1;
      return charge(lucky);
    });
    let lucky = 0;
    await using replaying = await createHarness({ alwaysReplay: true });

    await expect(replaying.run(drawn)).rejects.toSatisfy((error) => isEngineError(error, "RUN_BLOCKED"));
  });
});
