import { describe, expect, test } from "vitest";
import {
  cancelled,
  completed,
  type FinalState,
  failed,
  futureMark,
  stateOfError,
  stateOfResult,
  type WithFinalState,
} from "../../../src/engine/final-state.ts";

const future = (state: FinalState): WithFinalState => ({ ...futureMark, finalState: async () => state });
const good = completed({ output: 1 });
const bad = failed({ message: "bad", error: new Error("why") });

/** The table of Prefect: what the flow's body did, and how the run ends. */
describe("the final state of a flow", () => {
  test("that raised an exception", () => {
    expect(stateOfError(new TypeError("x"))).toMatchObject({
      type: "FAILED",
      name: "Failed",
      message: "Flow run encountered an exception: TypeError: x",
      error: { message: "x" },
    });
  });

  test.each<[string, unknown, Partial<FinalState>]>([
    [
      "a state",
      completed({ name: "Skipped", message: "nothing to do" }),
      { type: "COMPLETED", name: "Skipped", message: "nothing to do" },
    ],
    ["a failed state", bad, { type: "FAILED", name: "Failed", message: "bad" }],
    ["a cancelled state", cancelled(), { type: "CANCELLED", name: "Cancelled", message: null }],
    ["a future", future(bad), { type: "FAILED", message: "bad" }],
    [
      "states that all completed",
      [good, future(good)],
      { type: "COMPLETED", message: "All states completed.", output: [1, 1] },
    ],
    ["a set of states", new Set([good]), { type: "COMPLETED", message: "All states completed." }],
    ["states, one cancelled", [good, bad, cancelled()], { type: "CANCELLED", name: "Cancelled" }],
    ["states, some failed", [good, bad, bad], { type: "FAILED", message: "2/3 states failed." }],
    ["a list of states in a list", [[good], bad], { type: "COMPLETED", output: [[good], bad] }],
    ["any other value", { a: 1 }, { type: "COMPLETED", name: "Completed", message: null, output: { a: 1 } }],
    ["a list with a state and a value", [bad, 1], { type: "COMPLETED", output: [bad, 1] }],
    ["an empty list", [], { type: "COMPLETED", output: [], message: null }],
    ["nothing", undefined, { type: "COMPLETED", output: undefined, error: null }],
    ["null", null, { type: "COMPLETED", output: null }],
  ])("that returned %s", async (_what, value, expected) => {
    expect(await stateOfResult(value)).toMatchObject(expected);
  });

  test("of failed states names the first cause, where there is one", async () => {
    const withCause = await stateOfResult([good, bad]);
    const silent: FinalState = {
      type: "FAILED",
      name: "Failed",
      message: null,
      output: undefined,
      error: null,
    };
    const without = await stateOfResult([future(silent)]);

    expect(withCause.error?.cause).toBe(bad.error);
    expect(without.error?.cause).toBeUndefined();
  });

  test("defaults", () => {
    expect(failed().error?.message).toBe("The flow returned a failed state.");
    expect(failed({ message: "late", name: "TimedOut" })).toMatchObject({
      name: "TimedOut",
      error: { message: "late" },
    });
    expect(completed()).toMatchObject({ name: "Completed", message: null, output: undefined });
    expect(cancelled({ name: "Aborted", message: "m" })).toMatchObject({ name: "Aborted", message: "m" });
  });
});
