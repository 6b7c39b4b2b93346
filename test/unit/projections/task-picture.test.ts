import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import { RunStarted } from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskFailed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { type TaskPicture, taskStateAt } from "../../../src/projections/task-picture.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const key = "load#1";
const completed = TaskCompleted.make({ key, attempt: 1, output: encodeValue("done") });
const again = (attempt: number, retryAt: number, code: string | null = null) =>
  TaskAttemptFailed.make({
    key,
    attempt,
    maxAttempts: 5,
    error: failure("no", code),
    retryAt,
    heartbeat: null,
  });

function called(queue: string | null = null): HistoryByHand {
  const run = new HistoryByHand("r").created("orders").turn();
  return run.add(RunStarted.make({ input: null })).task(key, { queue });
}

function taskOf({ events }: HistoryByHand): TaskPicture {
  return pictureAt(events, events.length).tasks.get(key)!;
}

describe("a task in a picture", () => {
  test("runs in its owner's process as soon as it is called", () => {
    expect(taskOf(called())).toEqual({
      key,
      name: "load",
      queue: null,
      site: "flow.ts:1",
      turn: 1,
      scheduledAt: 1_000,
      position: 4,
      state: "Running",
      retryAt: null,
      endedAt: null,
      endPosition: null,
      deliveredIn: null,
      leftAt: null,
      attempts: [
        { attempt: 1, startedAt: 1_000, worker: "w1", state: "Running", endedAt: null, error: null },
      ],
    });
  });

  test("in a queue waits for a worker, and then runs there", () => {
    const run = called("far");

    expect(taskOf(run)).toMatchObject({ queue: "far", state: "Pending", attempts: [] });
    run.add(TaskStarted.make({ key, attempt: 1, worker: "w2" }), { ms: 7, by: "worker:w2" });
    expect(taskOf(run)).toMatchObject({
      state: "Running",
      attempts: [{ attempt: 1, startedAt: 1_007, worker: "w2" }],
    });
  });

  test("has an attempt once, however often its begin is told", () => {
    const begin = TaskStarted.make({ key, attempt: 1, worker: "w2" });

    expect(taskOf(called("far").add(begin).add(begin, { ms: 5 })).attempts).toMatchObject([
      { startedAt: 1_000 },
    ]);
  });

  test("has its end, and the turn that gave it to the flow", () => {
    const run = called().add(completed, { ms: 5 });

    expect(taskOf(run)).toMatchObject({
      state: "Completed",
      endedAt: 1_005,
      endPosition: 5,
      deliveredIn: null,
      leftAt: null,
    });
    expect(taskOf(run.turn([-1]))).toMatchObject({ deliveredIn: 2 });
  });

  test.each(["Failed", "TimedOut", "Crashed"])("can end as %s, with its error", (name) => {
    const run = called().add(TaskFailed.make({ key, attempt: 1, error: failure("no seats"), name }));

    expect(taskOf(run)).toMatchObject({
      state: name,
      attempts: [{ state: name, error: { message: "no seats" } }],
    });
  });

  test("keeps each attempt with its times, its worker and its error", () => {
    const run = called("far");
    run.add(TaskStarted.make({ key, attempt: 1, worker: "w2" }), { by: "worker:w2" });
    run.add(again(1, 2_000, "TASK_TIMED_OUT"), { ms: 10, by: "worker:w2" });
    expect(taskOf(run)).toMatchObject({ state: "AwaitingRetry", retryAt: 2_000 });

    run.add(TaskStarted.make({ key, attempt: 2, worker: "w3" }), { ms: 990, by: "worker:w3" });
    run.add(TaskCrashed.make({ key, attempt: 2, worker: "w3", heartbeat: null }), {
      ms: 5,
      by: "sweeper:w2",
    });

    expect(taskOf(run)).toMatchObject({
      state: "AwaitingRetry",
      retryAt: 2_005,
      attempts: [
        {
          attempt: 1,
          startedAt: 1_000,
          endedAt: 1_010,
          worker: "w2",
          state: "TimedOut",
          error: { message: "no" },
        },
        { attempt: 2, startedAt: 2_000, endedAt: 2_005, worker: "w3", state: "Crashed", error: null },
      ],
    });
  });

  test("in its owner's process tries again unrecorded, and the attempt began when it could", () => {
    const run = called().add(again(1, 2_000), { ms: 10 });
    const task = taskOf(run);
    expect([1_999, 2_000].map((at) => taskStateAt(task, at))).toEqual(["AwaitingRetry", "Running"]);

    run.add(TaskCompleted.make({ key, attempt: 2, output: encodeValue(1) }), { ms: 1_000, by: "worker:w9" });

    expect(taskOf(run)).toMatchObject({
      state: "Completed",
      attempts: [
        { attempt: 1, state: "Failed", endedAt: 1_010 },
        { attempt: 2, state: "Completed", startedAt: 2_000, endedAt: 2_010, worker: "w9" },
      ],
    });
  });
});
