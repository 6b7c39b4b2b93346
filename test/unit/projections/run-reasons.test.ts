import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCompleted,
  RunFailed,
  RunUnblocked,
} from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { TimerFired } from "../../../src/events/timer-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { reasonsOf } from "../../../src/projections/run-reasons.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const key = "load#1";
const begun = (): HistoryByHand => new HistoryByHand("r").created("orders").turn();
const completed = TaskCompleted.make({ key, attempt: 1, output: encodeValue(1) });
const again = TaskAttemptFailed.make({
  key,
  attempt: 1,
  maxAttempts: 5,
  error: failure("no"),
  retryAt: 9_000,
  heartbeat: null,
});

function why({ events }: HistoryByHand): readonly string[] {
  return reasonsOf(pictureAt(events, events.length)).map(
    ({ text, when }) => `${text}${when === null ? "" : ` ${when.what} ${when.at}`}`,
  );
}

describe("why a run is where it is", () => {
  test("before it began", () => {
    expect(why(new HistoryByHand("r").created("orders"))).toEqual(["No worker has begun it. since 1000"]);
  });

  test("while its code is at work", () => {
    expect(why(begun())).toEqual([
      "No task and no timer is open: the flow's own code is at work. since 1000",
    ]);
  });

  test("while it waits for tasks and timers", () => {
    const run = begun()
      .sleep("sleep#2", 0)
      .add(TimerFired.make({ key: "sleep#2" }))
      .turn([-1]);
    run.task(key).task("far#1", { queue: "gpu" }).sleep("sleep#1", 500);

    expect(why(run)).toEqual([
      "It waits for load#1: attempt 1 runs in the process of the run. since 1000",
      "It waits for far#1, which no worker of queue gpu has begun. since 1000",
      "It sleeps in sleep#1. until 1500",
    ]);
  });

  test("while a worker runs its task", () => {
    const run = begun().task(key, { queue: "gpu" });
    run.add(TaskStarted.make({ key, attempt: 1, worker: "w2" }), { ms: 4 });

    expect(why(run)).toEqual(["It waits for load#1: attempt 1 runs on worker w2. since 1004"]);
  });

  test("while a task waits for its next attempt", () => {
    const run = begun().task(key).add(again);
    expect(why(run)).toEqual(["It waits for load#1: after a failure, attempt 2 is to come. until 9000"]);

    run
      .sleep("sleep#1", 8_500)
      .add(TimerFired.make({ key: "sleep#1" }), { ms: 8_500 })
      .turn([-1]);

    expect(why(run)).toEqual(["It waits for load#1: attempt 2 runs in the process of the run. since 9000"]);
  });

  test("while its owner is dead", () => {
    const run = begun().task(key).sleep("sleep#1", 500);
    run.add(OwnerLost.make({ worker: "w1", epoch: 1 }), { ms: 5, by: "sweeper:w2" });

    expect(why(run)).toEqual([
      "Worker w1 (epoch 1) was lost. since 1005",
      "It waits for load#1, which the next owner begins again.",
      "It sleeps in sleep#1. until 1500",
    ]);
  });

  test("while a task of a dead worker waits for another one", () => {
    const run = begun()
      .task(key, { queue: "gpu" })
      .add(TaskStarted.make({ key, attempt: 1, worker: "w2" }));
    run.add(TaskCrashed.make({ key, attempt: 1, worker: "w2", heartbeat: null }), {
      ms: 6,
      by: "sweeper:w1",
    });

    expect(why(run)).toEqual(["It waits for load#1: after a crash, attempt 2 is to come. until 1006"]);
  });

  test("while a fact is there that it was not given", () => {
    expect(why(begun().task(key).add(completed))).toEqual([
      "load#1 completed (event 4), and no turn has given that to the flow yet.",
    ]);
  });

  test("while it is blocked, and after that", () => {
    const run = begun().task(key);
    run.add(RunBlocked.make({ code: "E_INPUT", message: "They differ.", turn: 1, codeHash: "h" }));
    expect(why(run)).toEqual(["They differ. since 1000"]);

    run.add(RunUnblocked.make({ reason: null }));

    expect(why(run)).toEqual(["It waits for load#1, which the next owner begins again."]);
  });

  test("once it has ended, and what it left behind", () => {
    const run = begun().task(key).task("load#2").turn([], { done: true });
    const failed = RunFailed.make({ error: failure("no seats"), name: "Failed", message: null });
    const ended = RunCompleted.make({ output: encodeValue(1), name: "Skipped", message: "nothing to do" });

    expect(why(begun().turn([], { done: true }).add(ended))).toEqual([
      "It ended in state Skipped: nothing to do. at 1000",
    ]);
    expect(why(run.add(failed, { ms: 3 }))).toEqual([
      "It ended in state Failed: RangeError: no seats. at 1003",
      "Its end left 2 tasks behind.",
    ]);
  });
});
