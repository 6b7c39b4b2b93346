import { describe, expect, test, vi } from "vitest";
import { Execution } from "../../../src/engine/execution.ts";
import { ExpectedCalls } from "../../../src/engine/expected-calls.ts";
import type { RecordedCall } from "../../../src/engine/history.ts";
import { isCall } from "../../../src/engine/history.ts";
import { TimerStarted } from "../../../src/events/timer-events.ts";
import { toRecorded } from "../../../src/events/to-recorded.ts";

const timer = (key: string, ms = 5) => ({ kind: "timer", key, ms, site: null }) as const;

function recorded(key: string, after: number): RecordedCall {
  const place = { run: "r1", position: 1, recordedAt: 0, actor: "a" };
  const event = toRecorded(TimerStarted.make({ key, ms: 5, after, site: "f.ts:1" }), place);
  if (!isCall(event)) throw new Error("A timer is a call.");
  return event;
}

describe("the calls that a replay expects", () => {
  test("are met in their order, and then no other is", () => {
    const expected = new ExpectedCalls();
    expected.expect([recorded("s#1", -1), recorded("s#2", 0)]);
    expect(expected.areMet).toBe(false);
    expect([expected.meet(timer("s#1"), -1), expected.meet(timer("s#2"), 0)]).toEqual([true, true]);
    expect(expected.areMet).toBe(true);
    expect(expected.meet(timer("s#3"), 0)).toBe(false);
    expect(expected.areMet).toBe(false);
  });

  test("tell when the code has not made a call that it had made before it was given a fact", () => {
    const expected = new ExpectedCalls();
    expected.expect([recorded("s#1", -1), recorded("s#2", 0)]);
    expect(expected.isBehind(0)).toBe(true);
    expected.meet(timer("s#1"), -1);
    expect([expected.isBehind(0), expected.isBehind(1)]).toEqual([false, true]);
    expected.meet(timer("s#2"), 0);
    expect(expected.isBehind(9)).toBe(false);
  });

  test.each([
    ["another key", timer("s#2"), -1],
    ["another input", timer("s#1", 6), -1],
    ["another cause", timer("s#1"), 0],
    ["another kind", { kind: "patch", key: "s#1" } as const, -1],
  ])("are not met by %s", (_what, call, after) => {
    const expected = new ExpectedCalls();
    expected.expect([recorded("s#1", -1)]);
    expect(expected.meet(call, after)).toBe(false);
    expect(expected.areMet).toBe(false);
  });

  test("are not looked for in the code", () => {
    const execution = new Execution("r1", 0, { drain: () => undefined });
    execution.replaying = true;
    execution.expected.expect([recorded("s#1", -1)]);
    const site = vi.fn(() => "f.ts:9");
    for (const key of ["s#1", "s#2"]) void execution.call({ ...timer(key), site }, execution.root);
    expect(site).toHaveBeenCalledOnce();
    expect(execution.openCalls.map((call) => call.site)).toEqual([null, "f.ts:9"]);
  });
});
