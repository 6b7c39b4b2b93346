import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChildEnded, ChildScheduled } from "../../../../src/events/child-events.ts";
import { encodeValue } from "../../../../src/events/codec.ts";
import { SignalAwaited, SignalReceived } from "../../../../src/events/signal-events.ts";
import { TaskAttemptFailed, TaskReused, TaskStarted } from "../../../../src/events/task-events.ts";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { barsOf } from "../../../../web/run/timeline/bars.ts";
import { callIn, callsOf } from "../../../../web/run/timeline/calls.ts";
import { densityOf } from "../../../../web/run/timeline/density.ts";
import { type LaneOptions, lanesOf } from "../../../../web/run/timeline/lanes.ts";
import { describeTally, tallyOf, worstOf } from "../../../../web/run/timeline/tally.ts";
import { createTimeAxis } from "../../../../web/run/timeline/time-axis.ts";
import { wholeAxis } from "../../../../web/run/timeline/window.ts";
import { failure, HistoryByHand } from "../../../support/history-by-hand.ts";
import { randomHistory } from "../../../support/random-histories.ts";
import { wideRun } from "../../../support/wide-run.ts";

const plain: LaneOptions = { groupBy: "map", errorsOnly: false, attempt: null, expanded: new Set() };
const pictureOf = ({ events }: HistoryByHand) => pictureAt(events, events.length);

describe("the bars of a call", () => {
  const bars = (history: HistoryByHand, key: string, at = history.now) => {
    const picture = pictureOf(history);
    const ref = callsOf(picture).find((call) => call.key === key)!;
    return barsOf(picture, callIn(picture, ref)!, at);
  };

  test("of a queued task that is tried again are its waits and its attempts", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("load#1", { queue: "far" });
    history.add(TaskStarted.make({ key: "load#1", attempt: 1, worker: "w2" }), { ms: 5 });
    const failed = { key: "load#1", attempt: 1, maxAttempts: 3, error: failure("no"), heartbeat: null };
    history.add(TaskAttemptFailed.make({ ...failed, retryAt: 1_030 }), { ms: 10 });
    history.add(TaskStarted.make({ key: "load#1", attempt: 2, worker: "w3" }), { ms: 20 });

    expect(bars(history, "load#1", 1_050)).toEqual([
      { kind: "queue", from: 1_000, to: 1_005, mark: "pending", attempt: 0, isOpen: false },
      { kind: "attempt", from: 1_005, to: 1_015, mark: "failed", attempt: 1, isOpen: false },
      { kind: "queue", from: 1_015, to: 1_035, mark: "pending", attempt: 0, isOpen: false },
      { kind: "attempt", from: 1_035, to: 1_050, mark: "running", attempt: 2, isOpen: true },
    ]);
  });

  test("of a cached result are one moment, and of a retry that is to come an open wait", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("load#1").task("save#1");
    const reused = { key: "load#1", output: encodeValue(1), from: "cache", run: "q", of: "load#1" } as const;
    history.add(TaskReused.make(reused), { ms: 2 });
    const failed = { key: "save#1", attempt: 1, maxAttempts: 3, error: failure("no"), heartbeat: null };
    history.add(TaskAttemptFailed.make({ ...failed, retryAt: 9_000 }), { ms: 1 });

    expect(bars(history, "load#1").at(-1)).toMatchObject({ mark: "cached", from: 1_002, to: 1_002 });
    expect(bars(history, "save#1", 1_500).at(-1)).toMatchObject({
      kind: "queue",
      from: 1_003,
      to: 1_500,
      isOpen: true,
    });
  });

  test("of a sleep, a wait and a child reach to their ends", () => {
    const history = new HistoryByHand("r").created("orders").turn().sleep("sleep#1", 500);
    const wait = { key: "ok#1", name: "ok", after: -1, site: null, form: null, prompt: "Ship it?" };
    history.add(SignalAwaited.make(wait), { ms: 1 });
    const call = { key: "kid#1", run: "k", flow: "kid", name: null, queue: null, onClose: "cancel" } as const;
    const asked = { ...call, input: encodeValue(1), fingerprint: 1, after: -1, site: null };
    history.add(ChildScheduled.make(asked), { ms: 1 });
    history.add(SignalReceived.make({ name: "ok", id: "s1", payload: encodeValue(true) }), { ms: 10 });
    history.turn([history.position], { ms: 1 });
    const end = { key: "kid#1", run: "k", state: "FAILED", name: "Failed", message: null } as const;
    history.add(ChildEnded.make({ ...end, output: null, error: failure("no") }), { ms: 7 });

    expect(bars(history, "sleep#1", 1_100)).toMatchObject([
      { kind: "wait", from: 1_000, to: 1_100, isOpen: true },
    ]);
    expect(bars(history, "ok#1")).toMatchObject([{ from: 1_001, to: 1_012, mark: "completed" }]);
    expect(bars(history, "kid#1")).toMatchObject([{ from: 1_002, to: 1_020, mark: "failed" }]);
  });

  test("of any history lie one after the other and never run backwards", () => {
    fc.assert(
      fc.property(randomHistory(40), (tell) => {
        const events = tell("r");
        const picture = pictureAt(events, events.length);
        const at = picture.summary.updatedAt;
        for (const ref of callsOf(picture)) {
          let before = 0;
          for (const { from, to } of barsOf(picture, callIn(picture, ref)!, at)) {
            expect(from).toBeGreaterThanOrEqual(before);
            expect(to).toBeGreaterThanOrEqual(from);
            before = to;
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the lanes of a run", () => {
  const events = wideRun({ tasks: 200 });
  const picture = pictureAt(events, events.length);

  test("hold each call exactly once, whatever they are grouped by", () => {
    fc.assert(
      fc.property(randomHistory(40), fc.constantFrom("map", "task", "worker"), (tell, groupBy) => {
        const events = tell("r");
        const picture = pictureAt(events, events.length);

        const lanes = lanesOf(picture, { ...plain, groupBy });

        const keys = lanes.flatMap(({ calls }) => calls.map(({ key }) => key));
        expect(keys.sort()).toEqual(
          callsOf(picture)
            .map(({ key }) => key)
            .sort(),
        );
      }),
    );
  });

  test("show a map as one lane until somebody opens it", () => {
    const [folded, ...others] = lanesOf(picture, plain);

    expect(others).toEqual([]);
    expect(folded).toMatchObject({ label: "fetch[0..199]", stack: "folded", depth: 0 });
    const opened = lanesOf(picture, { ...plain, expanded: new Set([folded!.id]) });
    expect(opened).toHaveLength(201);
    expect(opened[3]).toMatchObject({ id: "fetch#1[2]", label: "fetch[2]", depth: 1, stack: "none" });
  });

  test("can be those with errors alone, or those of one attempt of the flow", () => {
    const [failed] = lanesOf(picture, { ...plain, errorsOnly: true });

    expect(failed!.calls.map(({ key }) => key)).toContain("fetch#1[96]"); // failed for good
    expect(failed!.calls.map(({ key }) => key)).toContain("fetch#1[30]"); // was tried again
    expect(failed!.calls).toHaveLength(8);
    expect(lanesOf(picture, { ...plain, attempt: 2 })).toEqual([]);
  });

  test("by worker tell who did the work", () => {
    const lanes = lanesOf(picture, { ...plain, groupBy: "worker" });

    expect(lanes.map(({ label }) => label).sort()).toEqual(
      ["w1", "w2", "w3", "w4"].map((worker) => expect.stringMatching(`^${worker} ×\\d+$`)),
    );
    expect(lanes.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(200);
  });

  test("count what their calls are, trouble first", () => {
    const [lane] = lanesOf(picture, plain);

    const tally = tallyOf(picture, lane!.calls);

    expect(describeTally(tally)).toBe("2 failed, 198 completed");
    expect(worstOf(tally)).toBe("failed");
    expect(worstOf(tallyOf(pictureAt(events, 3), lane!.calls.slice(5)))).toBeNull();
  });
});

test("a density strip counts every attempt once and says how many there were at most", () => {
  const events = wideRun({ tasks: 64 });
  const picture = pictureAt(events, events.length);
  const { createdAt, updatedAt } = picture.summary;
  const axis = createTimeAxis({ from: createdAt, to: updatedAt });
  const strip = { axis, window: wholeAxis, columns: 4_000, at: updatedAt };

  const density = densityOf(picture, callsOf(picture), strip);

  expect(density.peak).toBe(64); // all of them are queued or at work at first
  expect(density.queued.at(-2)).toBe(0);
  expect(Math.max(...density.working)).toBeLessThanOrEqual(16); // slots
  expect(Math.max(...density.failed)).toBe(1);

  const one = densityOf(pictureAt(events, events.length), callsOf(picture).slice(0, 1), {
    ...strip,
    columns: 1,
  });
  expect([one.queued[0], one.working[0], one.failed[0]]).toEqual([1, 1, 0]);
});
