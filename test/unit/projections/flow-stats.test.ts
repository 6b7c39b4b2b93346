import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import {
  RunCancelled,
  RunCompleted,
  RunCrashed,
  RunFailed,
  RunStarted,
} from "../../../src/events/run-events.ts";
import { quantile } from "../../../src/projections/duration-histogram.ts";
import { type FlowStats, flowStats, mergeFlowStats } from "../../../src/projections/flow-stats.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const completed = (name = "Completed") =>
  RunCompleted.make({ output: encodeValue(null), name, message: null });
const failed = (name: string) => RunFailed.make({ error: failure("no"), name, message: null });

function started(run: string, now = 1_000): HistoryByHand {
  return new HistoryByHand(run, now)
    .created("orders")
    .turn()
    .add(RunStarted.make({ input: null }));
}

function statsOf(...histories: readonly HistoryByHand[]): FlowStats {
  const events: readonly RecordedEvent[] = histories.flatMap((history) => history.events);
  return foldDocuments(flowStats, events).get("orders")!;
}

describe("the statistics of a flow", () => {
  test("count runs by how they ended", () => {
    const stats = statsOf(
      new HistoryByHand("a").created("orders"),
      started("b"),
      started("c").add(completed()),
      started("d").add(completed("Skipped")),
      started("e").add(failed("Failed")),
      started("f").add(failed("OutOfStock")),
      started("g").add(failed("TimedOut")),
      started("h").add(RunCancelled.make({ name: "Cancelled", message: null })),
      started("i").add(RunCrashed.make({ message: "It died too often." })),
    );

    expect(stats).toMatchObject({
      flow: "orders",
      created: 9,
      started: 8,
      completed: 2,
      failed: 2,
      timedOut: 1,
      cancelled: 1,
      crashed: 1,
    });
  });

  test("measure from the start of the code to the end", () => {
    const queued = new HistoryByHand("a", 1_000).created("orders").turn([], { ms: 70_000 });
    queued.add(RunStarted.make({ input: null })).add(completed(), { ms: 20 });
    const stats = statsOf(queued, started("b").add(completed(), { ms: 30 }), started("c"));

    expect(stats).toMatchObject({ durationSumMs: 50, longestMs: 30, firstAt: 1_000, lastAt: 71_020 });
    expect([0.5, 1].map((q) => quantile(stats.durations, q))).toEqual([20, 30]);
  });

  test("take no duration of a run whose input was refused, and none below zero", () => {
    const refused = new HistoryByHand("a").created("orders").turn([], { done: true }).add(failed("Failed"));
    const back = started("b", 5_000).add(completed(), { ms: -9 }); // the clock of the log was set

    expect(statsOf(refused)).toMatchObject({ failed: 1, durationSumMs: 0, durations: new Map() });
    expect(statsOf(back)).toMatchObject({ durationSumMs: 0, durations: new Map([[0, 1]]) });
  });

  test("remember the last 20 runs that ended, newest first, by their ids where they ended together", () => {
    const runs = Array.from({ length: 30 }, (_, n) =>
      started(`run-${String(n).padStart(2, "0")}`, 1_000 + Math.floor(n / 2)).add(completed()),
    );

    const { recent } = statsOf(...runs);

    expect(recent.map(({ run }) => run)).toEqual(
      Array.from({ length: 20 }, (_, n) => `run-${String(29 - n).padStart(2, "0")}`),
    );
    expect(recent[0]).toEqual({
      run: "run-29",
      name: "name-of-run-29",
      state: "COMPLETED",
      stateName: "Completed",
      startedAt: 1_014,
      endedAt: 1_014,
    });
  });

  test("of no shard are those of a flow that never ran", () => {
    expect(mergeFlowStats([])).toEqual(flowStats.initial());
  });
});
