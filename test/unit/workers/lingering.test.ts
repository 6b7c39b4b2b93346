import { describe, expect, test } from "vitest";
import { idleTimeOf } from "../../../src/workers/idle-time.ts";
import { Lingering } from "../../../src/workers/lingering.ts";
import { defaultLimits } from "../../../src/workers/run-ports.ts";

const limits = { ...defaultLimits, parkAfterMs: 5_000, recheckMs: 30_000 };

describe("runs that only wait", () => {
  test("have so many places in memory, each taken once and given back once", async () => {
    const lingering = new Lingering(2);
    const [one, two, three] = [lingering.place(), lingering.place(), lingering.place()];

    expect([one.enter(), one.enter(), two.enter(), three.enter()]).toEqual([true, true, true, false]);
    await expect(one.entered).resolves.toBeUndefined();

    one.leave();
    one.leave();
    expect([three.enter(), lingering.place().enter()]).toEqual([true, false]);
  });

  test.each([
    ["stay for something near", 800, { patienceMs: 801, aheadMs: 3_000 }],
    ["park at once when it is far", 60_000, { patienceMs: 0, aheadMs: 3_000 }],
    ["stay for a while when nothing says how long", null, { patienceMs: 5_000, aheadMs: 3_000 }],
  ])("%s", (_what, nextDueInMs, idle) => {
    expect(idleTimeOf({ nextDueInMs, waitsForQueue: false }, limits)).toEqual(idle);
  });

  test("park at once, and until their time, when there is no place", () => {
    const full = { ...limits, linger: () => false };

    for (const nextDueInMs of [800, 60_000, null]) {
      const idle = idleTimeOf({ nextDueInMs, waitsForQueue: false }, full);
      expect(idle.patienceMs).toBe(0);
      if (nextDueInMs === 800) expect(idle.aheadMs).toBe(0); // else it would be due again at once
    }
  });
});
