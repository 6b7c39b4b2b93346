import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCompleted,
  RunCreated,
  RunFailed,
  RunStarted,
} from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskFailed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { foldMetrics, metricsOf } from "../../support/fold-metrics.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const completed = RunCompleted.make({ output: encodeValue(1), name: "Completed", message: null });
const begun = (run: string, startDelayMs = 0): HistoryByHand =>
  new HistoryByHand(run)
    .created("orders")
    .turn([], { ms: startDelayMs })
    .add(RunStarted.make({ input: null }));
/** Sum, and the index of each bucket that is not empty with its count. */
const filled = ([sum, ...counts]: readonly number[]) => ({
  sum,
  buckets: Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0)),
});

describe("a run", () => {
  test("counts from its start to its end, and its delay and its history", () => {
    const history = begun("r1", 5_000).add(completed, { ms: 61_000 });

    const orders = metricsOf(foldMetrics([history.events]), "orders");

    expect(orders.started).toEqual(new Map([["client", 1]]));
    expect(orders.finished).toEqual(new Map([["completed", 1]]));
    expect(filled(orders.startDelay)).toEqual({ sum: 5_000, buckets: { 7: 1 } }); // the bucket up to 5 s
    expect(filled(orders.durations.get("completed") ?? [])).toEqual({ sum: 61_000, buckets: { 6: 1 } });
    expect(filled(orders.history)).toEqual({ sum: 4, buckets: { 0: 1 } });
    expect(orders.queues).toEqual(new Map([["default", 1]]));
    expect(orders.firstSeen).toBe(1_000);
  });

  test("that timed out is told from one that failed, and one that never started has no duration", () => {
    const ended = (name: string) => RunFailed.make({ error: failure("no"), name, message: null });
    const refused = new HistoryByHand("r3")
      .created("orders", { by: "worker:w1" })
      .turn()
      .add(ended("Failed"));

    const orders = metricsOf(
      foldMetrics([
        begun("r1").add(ended("Failed")).events,
        begun("r2").add(ended("TimedOut")).events,
        refused.events,
      ]),
      "orders",
    );

    expect(orders.finished).toEqual(
      new Map([
        ["failed", 2],
        ["timed_out", 1],
      ]),
    );
    expect(orders.started).toEqual(new Map([["client", 2]]));
    expect(filled(orders.durations.get("failed") ?? [])).toEqual({ sum: 0, buckets: { 0: 1 } });
  });

  test("counts lost owners and blocks", () => {
    const blocked = RunBlocked.make({ code: "E_DIFFERENT_CALL", message: "other", turn: 1, codeHash: "x" });
    const history = begun("r1")
      .add(OwnerLost.make({ worker: "w1", epoch: 1 }))
      .add(blocked);

    const orders = metricsOf(foldMetrics([history.events]), "orders");

    expect({ lost: orders.ownersLost, blocked: orders.blocked }).toEqual({ lost: 1, blocked: 1 });
  });
});

describe("a task", () => {
  const key = "extract#1";
  const again = { key, attempt: 1, maxAttempts: 3 };

  test("in the owner's process counts from the call, and from the time of each retry", () => {
    const history = begun("r1").task(key);
    const error = failure("slow", "TASK_TIMED_OUT");
    history.add(
      TaskAttemptFailed.make({ ...again, error, retryAt: history.now + 300 + 2_000, heartbeat: null }),
      { ms: 300 },
    );
    history.add(TaskCompleted.make({ key, attempt: 2, output: encodeValue(1) }), { ms: 2_000 + 40 });

    const extract = metricsOf(foldMetrics([history.events]), "orders", "extract");

    expect(extract.attempts).toEqual(
      new Map([
        ["timeout", 1],
        ["ok", 1],
      ]),
    );
    expect(extract.retries).toEqual(new Map([["error", 1]]));
    expect(filled(extract.taskDuration)).toEqual({ sum: 340, buckets: { 0: 1, 2: 1 } });
    expect(extract.waits).toEqual(new Map());
  });

  test("of a queue waits until a worker begins it; a crashed attempt has no duration", () => {
    const history = begun("r1").task(key, { queue: "gpu" });
    history.add(TaskStarted.make({ key, attempt: 1, worker: "w2" }), { ms: 30 });
    history.add(TaskCrashed.make({ key, attempt: 1, worker: "w2", heartbeat: null }), { ms: 6_000 });
    history.add(TaskStarted.make({ key, attempt: 2, worker: "w3" }), { ms: 700 });
    history.add(TaskFailed.make({ key, attempt: 2, error: failure("no"), name: "Failed" }), { ms: 90 });

    const extract = metricsOf(foldMetrics([history.events]), "orders", "extract");

    expect(filled(extract.waits.get("gpu") ?? [])).toEqual({ sum: 730, buckets: { 1: 1, 5: 1 } });
    expect(extract.attempts).toEqual(
      new Map([
        ["crashed", 1],
        ["error", 1],
      ]),
    );
    expect(extract.retries).toEqual(new Map([["crashed", 1]]));
    expect(filled(extract.taskDuration)).toEqual({ sum: 90, buckets: { 1: 1 } });
    expect(extract.queues).toEqual(new Map([["gpu", 1]]));
  });

  test("crashes for good once its workers died too often", () => {
    const history = begun("r1").task(key, { queue: "gpu" });
    history.add(TaskStarted.make({ key, attempt: 1, worker: "w2" }));
    history.add(TaskFailed.make({ key, attempt: 1, error: failure("dead"), name: "Crashed" }), { ms: 5 });

    const extract = metricsOf(foldMetrics([history.events]), "orders", "extract");

    expect(extract.attempts).toEqual(new Map([["crashed", 1]]));
    expect(extract.taskDuration).toEqual([]);
  });

  test("shows the newest attempt of each bucket, with the trace of its run", () => {
    const traced = (run: string, traceparent: string | null): HistoryByHand => {
      const history = new HistoryByHand(run);
      const data = {
        flow: "orders",
        name: run,
        input: encodeValue(1),
        queue: "default",
        tags: [],
        root: null,
      };
      history.add(
        RunCreated.make({
          ...data,
          createdAt: 1_000,
          source: null,
          traceparent,
          links: null,
          startAt: null,
          idempotencyKey: null,
        }),
      );
      return history.task(key);
    };
    const ending = TaskCompleted.make({ key, attempt: 1, output: encodeValue(1) });
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    const { exemplars } = metricsOf(
      foldMetrics([
        traced("r1", `00-${trace}-00f067aa0ba902b7-01`).add(ending, { ms: 20 }).events,
        traced("r2", null).add(ending, { ms: 10 }).events,
        traced("r3", "nonsense").add(ending, { ms: 90_000 }).events,
      ]),
      "orders",
      "extract",
    );

    expect(exemplars.filter((exemplar) => exemplar !== null)).toEqual([
      [20, 1_020, "r1", trace],
      [90_000, 91_000, "r3", null],
    ]);
    expect(exemplars[0]?.[2]).toBe("r1");
  });

  test("shows the same one of two attempts that ended at the same time, whichever was folded first", () => {
    const ended = TaskCompleted.make({ key, attempt: 1, output: encodeValue(1) });
    const [one, other] = ["r1", "r2"].map((run) => begun(run).task(key).add(ended, { ms: 9 }).events);

    const shown = [
      [one!, other!],
      [other!, one!],
    ].map((order) => metricsOf(foldMetrics(order), "orders", "extract").exemplars[0]);

    expect(shown).toEqual([
      [9, 1_009, "r2", null],
      [9, 1_009, "r2", null],
    ]);
  });
});
