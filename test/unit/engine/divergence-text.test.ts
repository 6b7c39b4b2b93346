import { describe, expect, test } from "vitest";
import { describeCall, describeRecorded, ReplayDiverged } from "../../../src/engine/divergence.ts";

const recorded0 = { version: 1, run: "r", position: 1, recordedAt: 0, actor: "a" };

describe("a flow that waits for nothing", () => {
  test("is told so, with what to do", () => {
    const place = { run: "r", flow: "f", codeHash: "h", turn: null };
    const error = new ReplayDiverged({
      ...place,
      code: "E_STUCK",
      recorded: "",
      actual: "a promise that is none of Millrace's",
    });
    expect(error.turn).toBe(0);
    expect(error.message).toContain(
      '[E_STUCK] flow "f" run r waits for something that Millrace does not know: a promise that is none of',
    );
    expect(error.message).toContain('"millrace resume r"');
  });

  test("a call at a place that nobody knows", () => {
    const data = { key: "s#1", ms: 5, after: -1, site: null };
    const recorded = { ...recorded0, type: "TimerStarted", data } as const;
    expect(describeRecorded(recorded)).toBe("timer s#1 of 5 ms scheduled at an unknown place");
    expect(describeCall({ kind: "timer", ...data })).toBe("timer s#1 of 5 ms scheduled at an unknown place");
  });

  test("a divergence after the last turn says so", () => {
    const place = { run: "r", flow: "f", codeHash: "h", turn: null };
    const error = new ReplayDiverged({
      ...place,
      code: "E_EXTRA_CALL",
      recorded: "nothing",
      actual: "task a#1",
    });
    expect(error.message).toContain("run r, after its last turn");
  });
});
