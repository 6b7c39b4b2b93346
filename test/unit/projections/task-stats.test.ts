import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import { RunFailed } from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskFailed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { quantile } from "../../../src/projections/duration-histogram.ts";
import {
  mergeTaskStats,
  type TaskStats,
  taskStats,
  taskStatsId,
} from "../../../src/projections/task-stats.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const key = "load#1";
const completed = (attempt = 1) => TaskCompleted.make({ key, attempt, output: encodeValue(null) });
const failed = (name: string) => TaskFailed.make({ key, attempt: 1, error: failure("no"), name });
const again = (attempt: number, retryAt: number) =>
  TaskAttemptFailed.make({ key, attempt, maxAttempts: 5, error: failure("no"), retryAt, heartbeat: null });

function called(run: string, queue: string | null = null): HistoryByHand {
  return new HistoryByHand(run).created("orders").turn().task(key, { queue });
}

function statsOf(...histories: readonly HistoryByHand[]): TaskStats {
  const documents = foldDocuments(
    taskStats,
    histories.flatMap(({ events }) => events),
  );
  return documents.get(taskStatsId("orders", "load"))!;
}

describe("the statistics of a task", () => {
  test("count calls by how they ended", () => {
    const stats = statsOf(
      called("a"),
      called("b").add(completed()),
      called("c").add(failed("Failed")),
      called("d").add(failed("TimedOut")),
      called("e").add(failed("Crashed")),
      called("f").add(RunFailed.make({ error: failure("no"), name: "Failed", message: null })),
    );

    expect(stats).toMatchObject({ flow: "orders", task: "load", calls: 6, completed: 1, failed: 1 });
    expect(stats).toMatchObject({ timedOut: 1, crashed: 1, attempts: 4, retries: 0 });
  });

  test("count attempts and retries, failed and crashed ones", () => {
    const run = called("a", "far");
    run.add(TaskStarted.make({ key, attempt: 1, worker: "w2" })).add(again(1, 1_000));
    run
      .add(TaskStarted.make({ key, attempt: 2, worker: "w2" }))
      .add(TaskCrashed.make({ key, attempt: 2, worker: "w2", heartbeat: null }));
    run.add(TaskStarted.make({ key, attempt: 3, worker: "w3" })).add(completed(3));

    expect(statsOf(run)).toMatchObject({ calls: 1, completed: 1, attempts: 3, retries: 2 });
  });

  test("measure the last attempt, without its time in a queue and before a retry", () => {
    const queued = called("a", "far").add(TaskStarted.make({ key, attempt: 1, worker: "w2" }), {
      ms: 60_000,
    });
    queued.add(completed(), { ms: 20 });
    const retried = called("b").add(again(1, 2_000), { ms: 500 }).add(completed(2), { ms: 510 }); // at 2,010

    const stats = statsOf(queued, retried);

    expect(stats).toMatchObject({ durationSumMs: 30, longestMs: 20, firstAt: 1_000, lastAt: 61_020 });
    expect([0.5, 1].map((q) => quantile(stats.durations, q))).toEqual([10, 20]);
  });

  test("measure from when it could have begun, if nobody recorded the start", () => {
    const ended = called("a", "far").add(failed("Crashed"), { ms: 12 });

    expect(statsOf(ended)).toMatchObject({ durationSumMs: 12 });
  });

  test("keep flows apart that call the same task", () => {
    const other = new HistoryByHand("b").created("invoices").turn().task(key);

    const documents = foldDocuments(taskStats, [...called("a").events, ...other.events]);

    expect([...documents.keys()]).toEqual(["orders/load", "invoices/load"]);
  });

  test("of no shard are those of a task that was never called", () => {
    expect(mergeTaskStats([])).toEqual(taskStats.initial());
  });
});
