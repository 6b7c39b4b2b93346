import { expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import { TaskAttemptFailed, TaskReused, TaskStarted } from "../../../src/events/task-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { runMetrics } from "../../../src/projections/run-metrics.ts";
import { taskStats, taskStatsId } from "../../../src/projections/task-stats.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const key = "load#1";
const reused = TaskReused.make({ key, output: encodeValue(1), from: "cache", run: "r0", of: "load#2" });
const failed = TaskAttemptFailed.make({
  key,
  attempt: 1,
  maxAttempts: 2,
  error: failure("no"),
  retryAt: 0,
  heartbeat: null,
});

const called = (queue: string | null = null): HistoryByHand =>
  new HistoryByHand("r1").created("orders").turn().task(key, { queue });

test("a task with a shared result is Cached, and made no attempt for it", () => {
  const histories = [
    called().add(reused),
    called("default")
      .add(TaskStarted.make({ key, attempt: 1, worker: "w1" }))
      .add(reused),
    called().add(failed).add(reused),
  ];

  const tasks = histories.map(({ events }) => pictureAt(events, events.length).tasks.get(key));

  expect(tasks.map((task) => task?.state)).toEqual(["Cached", "Cached", "Cached"]);
  expect(tasks.map((task) => task?.attempts.length)).toEqual([0, 0, 1]);
});

test("statistics and metrics count it by itself", () => {
  const { events } = called().add(reused);

  const stats = foldDocuments(taskStats, events).get(taskStatsId("orders", "load"));
  const metrics = foldDocuments(runMetrics, events).get(JSON.stringify(["orders", "load"]));

  expect(stats).toMatchObject({ calls: 1, cached: 1, reused: 0, completed: 0, attempts: 0 });
  expect(metrics?.attempts).toEqual(new Map([["cached", 1]]));
  expect(metrics?.taskDuration).toEqual([]);
});
