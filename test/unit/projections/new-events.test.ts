import { describe, expect, test } from "vitest";
import { CallCancelled, CallReused } from "../../../src/events/call-events.ts";
import { ChildEnded, ChildScheduled } from "../../../src/events/child-events.ts";
import { encodeValue } from "../../../src/events/codec.ts";
import {
  RunAttemptFailed,
  RunCancelled,
  RunCancelRequested,
  RunFailed,
  RunReopened,
} from "../../../src/events/run-events.ts";
import { SignalAwaited, SignalReceived } from "../../../src/events/signal-events.ts";
import { TaskCompleted, TaskReused } from "../../../src/events/task-events.ts";
import { firstDivergence } from "../../../src/projections/compare-runs.ts";
import { flowStats } from "../../../src/projections/flow-stats.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { indexesOf } from "../../../src/projections/run-indexes.ts";
import { reasonsOf } from "../../../src/projections/run-reasons.ts";
import type { RunSummary } from "../../../src/projections/run-summary.ts";
import { taskStats, taskStatsId } from "../../../src/projections/task-stats.ts";
import { stepsIn } from "../../../src/workers/run-report.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const begun = (run = "r"): HistoryByHand => new HistoryByHand(run).created("orders").turn();
const awaited = (key: string, prompt: string | null) =>
  SignalAwaited.make({ key, name: "approval", after: -1, site: null, form: null, prompt });
const sent = (id: string, value = 1) =>
  SignalReceived.make({ name: "approval", id, payload: encodeValue(value) });
const child = ChildScheduled.make({
  key: "kid#1",
  run: "k1",
  flow: "kid",
  name: null,
  queue: null,
  input: encodeValue(1),
  fingerprint: 1,
  onClose: "cancel",
  after: -1,
  site: null,
});
const attemptFailed = RunAttemptFailed.make({
  attempt: 1,
  maxAttempts: 3,
  error: failure("no seats"),
  retryAt: 5_000,
});

const pictureOf = ({ events }: HistoryByHand) => pictureAt(events, events.length);
const summaryOf = (run: HistoryByHand): RunSummary => pictureOf(run).summary;
const stateOf = (run: HistoryByHand): string => `${summaryOf(run).state} ${summaryOf(run).stateName}`;
const why = (run: HistoryByHand): readonly string[] =>
  reasonsOf(pictureOf(run)).map(
    ({ text, when }) => `${text}${when === null ? "" : ` ${when.what} ${when.at}`}`,
  );
const steps = (run: HistoryByHand): readonly string[] =>
  stepsIn(pictureOf(run)).map(({ name, state }) => `${name} ${state}`);

describe("a run that waits for a person", () => {
  test("is paused until a turn gives it the answer, which goes to the oldest wait", () => {
    const run = begun().add(awaited("approval#2", "Ship it?")).add(awaited("approval#1", null), { ms: 3 });
    expect(stateOf(run)).toBe("PAUSED Paused");
    expect(why(run)).toEqual([
      "It is paused: Ship it? (signal approval). since 1000",
      "It waits for signal approval. since 1003",
    ]);

    run.add(sent("s1"), { by: "client:c9" });
    expect(stateOf(run)).toBe("PAUSED Paused");
    run.turn([-1]);

    expect(stateOf(run)).toBe("PAUSED Waiting");
    expect([...summaryOf(run).waits.keys()]).toEqual(["approval#1"]);
    expect(pictureOf(run).waits.get("approval#2")).toMatchObject({ received: 5, deliveredIn: 2 });
    expect(pictureOf(run).signals.get(5)).toMatchObject({ by: "client:c9", takenBy: "approval#2" });
    expect(steps(run)).toEqual(["approval-1 Completed", "approval-0 Waiting"]);
  });

  test("goes on when the wait is cancelled", () => {
    const run = begun().add(awaited("approval#1", "Ship it?")).turn();
    run.add(CallCancelled.make({ key: "approval#1", after: -1, reason: "too late" }));

    expect(stateOf(run)).toBe("RUNNING Running");
    expect(steps(run)).toEqual(["approval-0 Cancelled"]);
  });
});

describe("a run that waits for a signal", () => {
  test("is waiting as long as nothing else is under way", () => {
    const run = begun().add(awaited("approval#1", null));
    expect(stateOf(run)).toBe("PAUSED Waiting");
    expect(summaryOf(run).message).toBe("For signal approval");

    expect(stateOf(run.turn().task("load#1"))).toBe("RUNNING Running");
    run.add(CallCancelled.make({ key: "load#1", after: -1, reason: "lost the race" }));
    expect(stateOf(run)).toBe("PAUSED Waiting");
    expect(stateOf(run.turn().add(child))).toBe("RUNNING Running");
    run.add(CallCancelled.make({ key: "kid#1", after: -1, reason: "lost the race" }));
    expect(stateOf(run.turn().sleep("sleep#1", 50))).toBe("PAUSED Waiting"); // a limit of time is a sleep beside it

    run.add(CallCancelled.make({ key: "approval#1", after: -1, reason: "too late" }));
    expect(stateOf(run)).toBe("RUNNING Running");
  });

  test("runs again from the moment in which its code is told of a result", () => {
    const run = begun().task("load#1").add(awaited("approval#1", null));
    expect(stateOf(run)).toBe("RUNNING Running");

    run.add(TaskCompleted.make({ key: "load#1", attempt: 1, output: encodeValue(1) }));
    expect(stateOf(run)).toBe("RUNNING Running"); // the flow has something to go on with
    expect(stateOf(run.turn([-1]))).toBe("PAUSED Waiting");
    run.add(sent("s1"));
    expect(stateOf(run.turn([-1]))).toBe("RUNNING Running");
  });
});

describe("a run that somebody wants to end", () => {
  test("is cancelling until it has ended, whatever else it waits for", () => {
    const run = begun().add(awaited("approval#1", "Ship it?"));
    run.add(RunCancelRequested.make({ reason: "wrong order" }), { by: "client:c1" });
    expect(stateOf(run)).toBe("CANCELLING Cancelling");
    expect(why(run)[0]).toBe(
      "Its cancellation was requested by client:c1 (wrong order), and the flow was not told yet. since 1000",
    );

    run.turn([-1]).add(CallCancelled.make({ key: "approval#1", after: 0, reason: "cancelled" }));
    expect(why(run)[0]).toMatch(/and it cleans up\. since 1000$/);
    run.turn([], { done: true }).add(RunCancelled.make({ name: "Cancelled", message: null }));

    expect(stateOf(run)).toBe("CANCELLED Cancelled");
  });
});

describe("attempts of a flow", () => {
  test("are awaited, retried, reopened; answers of earlier ones are reused", () => {
    const run = begun().task("load#1").turn([], { done: true }).add(attemptFailed);
    expect(stateOf(run)).toBe("SCHEDULED AwaitingRetry");
    expect(why(run)).toEqual(["Attempt 2 of the flow is to come after RangeError: no seats. until 5000"]);
    expect(steps(run)).toEqual(["load-0 Abandoned"]);

    run
      .turn()
      .task("~2/load#1")
      .add(CallReused.make({ key: "~2/load#1", position: 3 }))
      .turn([-1]);
    expect(stateOf(run)).toBe("RUNNING Retrying");
    expect(summaryOf(run)).toMatchObject({ attempt: 2, tasks: 2, completed: 1, reused: 1 });
    expect(steps(run)).toEqual(["load-0 Abandoned", "load-0 (attempt 2) Reused"]);

    run.turn([], { done: true }).add(RunFailed.make({ error: failure("x"), name: "Failed", message: null }));
    const ended = indexesOf(summaryOf(run));
    run.add(RunReopened.make({ attempt: 3, reason: "fixed" }), { by: "client:c1", ms: 4 });

    expect(stateOf(run)).toBe("SCHEDULED AwaitingRetry");
    expect(summaryOf(run).endedAt).toBeNull();
    expect(indexesOf(summaryOf(run))).not.toEqual(ended);
    expect(pictureOf(run).attempts.map(({ attempt, state }) => `${attempt} ${state}`)).toEqual([
      "1 Failed",
      "2 Failed",
      "3 Open",
    ]);
    const stats = foldDocuments(flowStats, run.events).get("orders");
    expect(stats).toMatchObject({ created: 1, reopened: 1, failed: 1, retried: 1 });
  });
});

describe("children and short cuts", () => {
  test("a child is open until it ends, and both are told", () => {
    const run = begun().add(child);
    expect(why(run)).toEqual(["It waits for child kid#1 (run k1 of flow kid). since 1000"]);
    const end = {
      state: "FAILED",
      name: "Failed",
      message: null,
      output: null,
      error: failure("no"),
    } as const;
    run.add(ChildEnded.make({ key: "kid#1", run: "k1", ...end })).turn([-1]);

    expect(summaryOf(run)).toMatchObject({ children: 1, childrenCompleted: 0, childrenFailed: 1 });
    expect(pictureOf(run).children.get("kid#1")).toMatchObject({ state: "Failed", deliveredIn: 2 });
    expect(steps(run)).toEqual(["kid-0 Failed"]);
  });

  test("what a rollback has undone is rolled back, and has no error", () => {
    const run = begun()
      .task("pay#1")
      .add(TaskCompleted.make({ key: "pay#1", attempt: 1, output: encodeValue(1) }));
    run.turn([-1]).task("pay.rollback#1");
    run.add(TaskCompleted.make({ key: "pay.rollback#1", attempt: 1, output: encodeValue(1) }));

    expect(steps(run)).toEqual(["pay-0 RolledBack", "pay.rollback-0 Completed"]);
  });

  test("cached and cancelled calls of tasks are counted as such", () => {
    const reused = { output: encodeValue(1), from: "cache", run: "r0", of: "load#1" } as const;
    const run = begun()
      .task("load#1")
      .task("load#2")
      .add(TaskReused.make({ key: "load#1", ...reused }));
    run.turn([-1]).add(CallCancelled.make({ key: "load#2", after: 0, reason: "lost the race" }));

    expect(summaryOf(run)).toMatchObject({ tasks: 2, completed: 1, cached: 1, cancelled: 1 });
    expect(steps(run)).toEqual(["load-0 Cached", "load-1 Cancelled"]);
    const stats = foldDocuments(taskStats, run.events).get(taskStatsId("orders", "load"));
    expect(stats).toMatchObject({ calls: 2, cached: 1, cancelled: 1, attempts: 0 });
  });
});

describe("where two runs differ", () => {
  test("a shared result is a result as any other", () => {
    const output = encodeValue(1);
    const cached = { key: "load#1", output, from: "cache", run: "r0", of: "load#1" } as const;
    const made = begun()
      .task("load#1")
      .add(TaskCompleted.make({ key: "load#1", attempt: 1, output }));
    const reused = begun().task("load#1").add(TaskReused.make(cached));

    expect(firstDivergence(made.turn([-1]).events, reused.turn([-1]).events)).toBeNull();
  });

  const answered = (value: number, id: string) =>
    begun().add(awaited("approval#1", null)).add(sent(id, value)).turn([-1]);

  test("ids of signals do not count, and their values do", () => {
    expect(firstDivergence(answered(1, "a").events, answered(1, "b").events)).toBeNull();
    expect(firstDivergence(answered(1, "a").events, answered(2, "a").events)?.kind).toBe("payload");
  });

  test("a retried attempt is an end of its own", () => {
    const retried = begun().turn([], { done: true }).add(attemptFailed);
    const went = begun().turn([], { done: true });
    went.add(RunFailed.make({ error: failure("no seats"), name: "Failed", message: null }));

    expect(firstDivergence(retried.events, went.events)?.kind).toBe("step");
  });
});
