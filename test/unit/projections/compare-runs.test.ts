import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { Payload } from "../../../src/events/fields.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCancelled,
  RunCompleted,
  RunCrashed,
  RunFailed,
  RunStarted,
} from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskFailed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { TimerFired } from "../../../src/events/timer-events.ts";
import { firstDivergence } from "../../../src/projections/compare-runs.ts";
import type { Leniency } from "../../../src/projections/compare-steps.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";
import { randomHistory } from "../../support/random-histories.ts";
import { flow, recordRun, task } from "../../support/record-flow.ts";
import { queuedTasks, recordedFlows } from "../../support/recorded-flows.ts";

const done = (key: string, output: unknown = null, attempt = 1) =>
  TaskCompleted.make({ key, attempt, output: encodeValue(output) });
const failed = (key: string, message: string) =>
  TaskFailed.make({ key, attempt: 1, error: failure(message), name: "Failed" });
const ended = (output: unknown = null, name = "Completed", message: string | null = null) =>
  RunCompleted.make({ output: encodeValue(output), name, message });

function begun(run = "a", input: unknown = null): HistoryByHand {
  return new HistoryByHand(run)
    .created("orders", { input })
    .turn()
    .add(RunStarted.make({ input: null }));
}

function compare(one: HistoryByHand, other: HistoryByHand, leniency?: Leniency): unknown {
  const found = firstDivergence(one.events, other.events, leniency);
  if (found === null) return null;
  const sides = [found.one, found.other].map(({ event, turn, isThere }) =>
    isThere ? [turn, event.position] : [turn, event.position, "not there"],
  );
  return [found.kind, ...sides];
}

describe("two runs do not differ", () => {
  test("by times, ids, workers, epochs, queues, attempts and stacks", () => {
    const one = begun("a").task("load#1").add(failed("load#1", "no"), { ms: 3 }).turn([-1]);
    one
      .sleep("sleep#1", 9)
      .add(TimerFired.make({ key: "sleep#1" }))
      .turn([-1], { done: true })
      .add(ended());
    const other = begun("b").task("load#1", { queue: "far" });
    other.add(TaskStarted.make({ key: "load#1", attempt: 1, worker: "w7" }), { ms: 700 });
    const error = { ...failure("no"), stack: "elsewhere" };
    other.add(
      TaskAttemptFailed.make({
        key: "load#1",
        attempt: 1,
        maxAttempts: 2,
        error,
        retryAt: 0,
        heartbeat: null,
      }),
    );
    other.add(OwnerLost.make({ worker: "w1", epoch: 1 }), { by: "sweeper:w7" });
    other.add(TaskFailed.make({ key: "load#1", attempt: 2, error, name: "Failed" }));
    other.turn([-1], { epoch: 2, by: "worker:w7" }).sleep("sleep#1", 9);
    other
      .add(TimerFired.make({ key: "sleep#1" }))
      .turn([-1], { done: true, epoch: 2 })
      .add(ended());

    expect(compare(one, other)).toBeNull();
  });

  test("by how facts were shared out among turns", () => {
    const together = begun("a").task("x#1").task("y#1").add(done("x#1")).add(done("y#1"));
    together.turn([-2, -1]).task("then-x#1", { after: 0 }).task("then-y#1", { after: 1 });
    const apart = begun("b").task("x#1").task("y#1").add(done("x#1")).turn([-1]);
    apart.task("then-x#1", { after: 0 }).add(done("y#1")).turn([-1]).task("then-y#1", { after: 0 });

    expect(compare(together, apart)).toBeNull();
  });

  test("by facts that their code was never given", () => {
    const one = begun("a").task("x#1").task("y#1").add(done("x#1")).turn([-1], { done: true }).add(ended());
    const other = begun("b").task("x#1").task("y#1").add(done("y#1", "late")).add(done("x#1"));
    other.turn([-1], { done: true }).add(ended());

    expect(compare(one, other)).toBeNull();
  });

  test("when they are one run, whatever it was", () => {
    fc.assert(
      fc.property(randomHistory(), (tell) => {
        expect(firstDivergence(tell("a"), tell("b"))).toBeNull();
        expect(firstDivergence(tell("a"), tell("b"), { ignoreOrder: true })).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test.each(Object.entries(recordedFlows))(
    "when the flow %s is run twice",
    async (_name, { spec, input }) => {
      const [one, other] = await Promise.all([
        recordRun(spec, input, queuedTasks),
        recordRun(spec, input, queuedTasks),
      ]);

      const found = firstDivergence(one.events, other.events);

      expect(found).toBeNull();
    },
  );
});

describe("two runs differ", () => {
  test("by their flows", () => {
    expect(compare(begun("a"), new HistoryByHand("b").created("invoices"))).toEqual(["flow", [0, 1], [0, 1]]);
  });

  test("by their inputs, as the code was given them", () => {
    const validated = new HistoryByHand("c").created("orders", { input: "7" }).turn();
    validated.add(RunStarted.make({ input: encodeValue(7) }));

    expect(compare(begun("a", 7), begun("b", 8))).toEqual(["input", [0, 1], [0, 1]]);
    expect(compare(begun("a", 7), validated)).toBeNull();
    expect(compare(begun("a", "7"), validated)).toEqual(["input", [0, 1], [0, 3]]);
  });

  test("by a call", () => {
    expect(compare(begun("a").task("x#1"), begun("b").task("y#1"))).toEqual(["step", [1, 4], [1, 4]]);
    expect(compare(begun("a").task("x#1"), begun("b").sleep("x#1", 1))).toEqual(["step", [1, 4], [1, 4]]);
  });

  test("by the name of the task behind a key that its author chose", () => {
    const one = begun("a").task("x#1");
    const [, , , call] = one.events;
    const renamed = { ...call!, data: { ...call!.data, name: "other" } } as RecordedEvent;
    const other = [...begun("b").events, renamed];

    expect(firstDivergence(one.events, other)?.kind).toBe("step");
  });

  test("by the arguments of a call", () => {
    const one = begun("a").task("x#1", { args: [1] });
    const other = begun("b").task("x#1", { args: [2] });

    expect(compare(one, other)).toEqual(["arguments", [1, 4], [1, 4]]);
    expect(compare(begun("a").sleep("s#1", 5), begun("b").sleep("s#1", 6))).toEqual([
      "arguments",
      [1, 4],
      [1, 4],
    ]);
  });

  test("by the order of facts, unless that does not count", () => {
    const one = begun("a").task("x#1").task("y#1").add(done("x#1")).add(done("y#1")).turn([-2, -1]);
    const other = begun("b").task("x#1").task("y#1").add(done("x#1")).add(done("y#1")).turn([-1, -2]);

    expect(compare(one, other)).toEqual(["step", [2, 6], [2, 7]]);
    expect(compare(one, other, { ignoreOrder: true })).toBeNull();
  });

  test("by results, errors and outcomes", () => {
    const given = (event: ReturnType<typeof done> | ReturnType<typeof failed>) =>
      begun("a").task("x#1").add(event).turn([-1]);
    const timedOut = TaskFailed.make({ key: "x#1", attempt: 1, error: failure("no"), name: "TimedOut" });
    const [one, two] = [given(done("x#1", 1)), given(done("x#1", 2))];
    const [no, never] = [given(failed("x#1", "no")), given(failed("x#1", "never"))];

    expect(compare(one, two)).toEqual(["result", [2, 5], [2, 5]]);
    expect(compare(no, never)).toEqual(["error", [2, 5], [2, 5]]);
    expect(compare(one, no)).toEqual(["outcome", [2, 5], [2, 5]]);
    expect(compare(no, given(timedOut))).toEqual(["outcome", [2, 5], [2, 5]]);
    expect(compare(one, two, { ignoreValues: true })).toBeNull();
    expect(compare(no, never, { ignoreValues: true })).toBeNull();
    expect(compare(one, no, { ignoreValues: true })).toEqual(["outcome", [2, 5], [2, 5]]);
  });

  test("by the bytes of results, and by the hashes of those in the payload store", () => {
    const given = (output: Payload) =>
      begun("a")
        .task("x#1")
        .add(TaskCompleted.make({ key: "x#1", attempt: 1, output }))
        .turn([-1]);

    expect(compare(given(Uint8Array.of(1)), given(Uint8Array.of(1, 2)))).toEqual(["result", [2, 5], [2, 5]]);
    expect(compare(given(["aa", 70_000]), given(["bb", 70_000]))).toEqual(["result", [2, 5], [2, 5]]);
    expect(compare(given(["aa", 70_000]), given(["aa", 70_000]))).toBeNull();
  });

  test("by their end", () => {
    const over = (event: Parameters<HistoryByHand["add"]>[0]) =>
      begun("a").turn([], { done: true }).add(event);
    const broken = (message: string) => RunFailed.make({ error: failure(message), name: "Failed", message });
    const cancelled = (message: string) => RunCancelled.make({ name: "Cancelled", message });
    const at = [
      [2, 5],
      [2, 5],
    ];

    expect(compare(over(ended(1)), over(ended(2)))).toEqual(["output", ...at]);
    expect(compare(over(ended(1)), over(ended(1, "Skipped")))).toEqual(["end", ...at]);
    expect(compare(over(ended(1)), over(ended(1, "Completed", "well")))).toEqual(["end", ...at]);
    expect(compare(over(ended(1)), over(broken("no")))).toEqual(["end", ...at]);
    expect(compare(over(broken("no")), over(broken("never")))).toEqual(["error", ...at]);
    expect(compare(over(cancelled("a")), over(cancelled("b")))).toEqual(["end", ...at]);
    expect(
      compare(over(RunCrashed.make({ message: "a" })), over(RunCrashed.make({ message: "b" }))),
    ).toBeNull();
  });

  test("when one of them has not come so far", () => {
    const one = begun("a").task("x#1").add(done("x#1")).turn([-1], { done: true }).add(ended());
    const blocked = begun("b").task("x#1");
    blocked.add(RunBlocked.make({ code: "E_INPUT", message: "They differ.", turn: 1, codeHash: "h" }));

    expect(compare(one, blocked)).toEqual(["missing", [2, 5], [1, 5, "not there"]]);
    expect(compare(blocked, one)).toEqual(["missing", [1, 5, "not there"], [2, 5]]);
    expect(compare(blocked, one, { ignoreOrder: true })).toEqual(["missing", [1, 5, "not there"], [2, 5]]);
  });

  test("when the code of a flow was changed, at the first call that is another one", async () => {
    const add = task("add", async (one: number, other: number) => one + other);
    const sum = (last: number) =>
      flow("sum", async () => {
        const all = await Promise.all([add(1, 1), add(2, 2), add(3, 3)]);
        return add(all.length, last);
      });

    const [one, other] = await Promise.all([recordRun(sum(1).spec, 0), recordRun(sum(2).spec, 0)]);
    const found = firstDivergence(one.events, other.events);

    expect(found).toMatchObject({
      kind: "arguments",
      one: { turn: 2, isThere: true, event: { type: "TaskScheduled", data: { key: "add#4" } } },
    });
  });
});
