import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { flow, isEngineError, race, signal, sleep, task, taskContext } from "../../src/index.ts";
import { createHarness, forEveryCrashPoint, type Harness } from "../../src/testing.ts";

const approval = signal("others_approval", z.object({ by: z.string() }));
const note = task("others_note", async (text: string) => `noted ${text}`);
const far = task("others_far", { queue: "far" }, async (n: number) => n * 2);
const patient = task("others_patient", { queue: "far" }, async () => {
  const { signal: stop } = taskContext();
  await new Promise((resolve) => stop.addEventListener("abort", resolve));
  heard.push("abort");
  throw new Error("given up");
});
const heard: string[] = [];

const asking = flow("others_asking", async () => {
  const { by } = await approval.receive();
  return note(by);
});
const deadline = flow("others_deadline", async () => {
  try {
    return await approval.receive({ timeout: "7d" });
  } catch (error) {
    return note(isEngineError(error, "CALL_TIMED_OUT") ? "late" : String(error));
  }
});
const child = flow("others_child", async (n: number) => {
  await sleep("1h");
  return far(n);
});
const parent = flow("others_parent", async () => {
  const queued = child.submit(2);
  return [await child(1), await queued.result()];
});
const waiting = flow("others_waiting", async () => patient());
const racing = flow("others_racing", async () => {
  const { winner } = await race({ slow: async () => sleep("2d"), fast: async () => sleep("1d") });
  return winner;
});

let h: Harness;
beforeAll(async () => {
  h = await createHarness({ startAt: "2026-04-30T08:00:00Z" });
});
afterAll(async () => h.close());

describe("a run in a harness", () => {
  test("waits for a signal while no time passes, and goes on with it", async () => {
    const from = h.now();
    const run = await h.start(asking);
    await run.signal(approval, { by: "Ada" });

    expect(await run.result()).toBe("noted Ada");
    expect(h.now()).toBe(from);
    await expect(run.signal(approval, { by: "Bob" })).rejects.toSatisfy((error) =>
      isEngineError(error, "RUN_CLOSED"),
    );
  });

  test("gets a signal that was sent while it was out of memory", async () => {
    const run = await h.start(asking);
    await h.advance("1h");
    await run.signal("others_approval", { by: "Ada" });

    expect(await run.result()).toBe("noted Ada");
  });

  test("stops waiting for a signal when its time is over", async () => {
    const from = h.now();
    expect(await h.run(deadline)).toBe("noted late");
    expect(h.now() - from).toBe(7 * 86_400_000);
  });

  test("that waits for a signal which nobody sends is stuck, and says so", async () => {
    await expect(h.run(asking)).rejects.toSatisfy(
      (error) => isEngineError(error, "RUN_STUCK") && error.message.includes("others_approval"),
    );
  });

  test("has children, here and queued ones", async () => {
    const from = h.now();
    expect(await h.run(parent)).toEqual([2, 4]);
    expect(h.now() - from).toBe(3_600_000);
  });

  test("ends when it is cancelled, and its tasks elsewhere hear of it", async () => {
    const run = await h.start(waiting);
    await run.cancel("changed my mind");

    await expect(run.result()).rejects.toSatisfy((error) => isEngineError(error, "RUN_CANCELLED"));
    expect(await run.state()).toMatchObject({ type: "CANCELLED" });
    expect(heard).toEqual(["abort"]);
  });

  test("races over days", async () => {
    expect(await h.run(racing)).toBe("fast");
  });
});

describe("every crash point", () => {
  test("of a parent and its children gives the same result", async () => {
    expect(await forEveryCrashPoint(h, parent, undefined)).toBeGreaterThan(3);
  });

  test("of a wait with a deadline gives the same result", async () => {
    expect(await forEveryCrashPoint(h, deadline, undefined)).toBeGreaterThan(3);
  });
});

describe("always-replay mode", () => {
  test("keeps signals that came before the code waits for them", async () => {
    await using replaying = await createHarness({ alwaysReplay: true });
    const late = flow("others_late", async () => {
      await sleep("1h");
      const first = await approval.receive();
      const second = await approval.receive();
      return [first.by, second.by];
    });
    const run = await replaying.start(late);
    await run.signal(approval, { by: "Ada" });
    await run.signal(approval, { by: "Bob" });

    expect(await run.result()).toEqual(["Ada", "Bob"]);
    expect(await replaying.run(parent)).toEqual([2, 4]);
    expect(await replaying.run(racing)).toBe("fast");
  });
});
