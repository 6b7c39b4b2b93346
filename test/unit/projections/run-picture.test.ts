import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCompleted,
  RunStarted,
  RunUnblocked,
} from "../../../src/events/run-events.ts";
import { TaskCompleted } from "../../../src/events/task-events.ts";
import { TimerFired } from "../../../src/events/timer-events.ts";
import { foldPicture, pictureAt } from "../../../src/projections/fold-picture.ts";
import { foldRun } from "../../../src/projections/fold-run.ts";
import { newPicture, type RunPicture, taskStateIn } from "../../../src/projections/run-picture.ts";
import { newSummary } from "../../../src/projections/run-summary.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";
import { randomHistory } from "../../support/random-histories.ts";
import { recordRun } from "../../support/record-flow.ts";
import { queuedTasks, recordedFlows } from "../../support/recorded-flows.ts";

const key = "load#1";
const completed = TaskCompleted.make({ key, attempt: 1, output: encodeValue("done") });

function called(queue: string | null = null): HistoryByHand {
  const run = new HistoryByHand("r").created("orders").turn();
  return run.add(RunStarted.make({ input: null })).task(key, { queue });
}

function pictureOf({ events }: HistoryByHand): RunPicture {
  return pictureAt(events, events.length);
}

describe("a picture", () => {
  test("has the timers", () => {
    const run = new HistoryByHand("r").created("orders").turn().sleep("sleep#1", 500);
    expect([...pictureOf(run).timers.values()]).toMatchObject([
      { key: "sleep#1", ms: 500, turn: 1, startedAt: 1_000, dueAt: 1_500, firedAt: null, deliveredIn: null },
    ]);

    run.add(TimerFired.make({ key: "sleep#1" }), { ms: 503 }).turn([-1]);

    expect([...pictureOf(run).timers.values()]).toMatchObject([{ firedAt: 1_503, deliveredIn: 2 }]);
  });

  test("has the turns, what each was given and what it asked for", () => {
    const run = called().sleep("sleep#1", 5);
    run.add(TimerFired.make({ key: "sleep#1" }), { ms: 5 }).add(completed);
    expect([...pictureOf(run).inbox.keys()]).toEqual([6, 7]);

    run.turn([7, -2], { epoch: 3, by: "worker:w2", ms: 1, done: true }); // in an order of its own

    expect(pictureOf(run).inbox.size).toBe(0);
    expect(pictureOf(run).turns).toMatchObject([
      { n: 1, position: 2, worker: "w1", epoch: 1, delivered: [], asked: [key, "sleep#1"], done: false },
      {
        n: 2,
        position: 8,
        takenAt: 1_006,
        worker: "w2",
        epoch: 3,
        delivered: [
          { position: 7, key, type: "TaskCompleted" },
          { position: 6, key: "sleep#1", type: "TimerFired" },
        ],
        asked: [],
        done: true,
      },
    ]);
  });

  test("has the owner, as far as the log knows", () => {
    const run = called();
    const owners = [pictureOf(run).owner];
    owners.push(pictureOf(run.add(OwnerLost.make({ worker: "w1", epoch: 1 }), { by: "sweeper:w2" })).owner);
    owners.push(pictureOf(run.turn([], { epoch: 2, by: "worker:w2", ms: 9, done: true })).owner);
    const end = RunCompleted.make({ output: encodeValue(1), name: "Completed", message: null });
    owners.push(pictureOf(run.add(end)).owner);

    expect(owners).toEqual([
      { worker: "w1", epoch: 1, at: 1_000 },
      null,
      { worker: "w2", epoch: 2, at: 1_009 },
      null,
    ]);
  });

  test("has what stood in the way, and when that was over", () => {
    const run = called();
    run.add(OwnerLost.make({ worker: "w1", epoch: 1 }), { by: "sweeper:w2" });
    run.add(RunBlocked.make({ code: "E_INPUT", message: "They differ.", turn: 1, codeHash: "h2" }), {
      ms: 4,
    });
    expect(pictureOf(run)).toMatchObject({ owner: null, summary: { stateName: "Blocked" } });

    run.add(RunUnblocked.make({ reason: null }), { ms: 5, by: "client:c1" });

    expect(pictureOf(run).problems).toEqual([
      {
        kind: "owner lost",
        position: 5,
        at: 1_000,
        code: null,
        message: "Worker w1 (epoch 1) was lost.",
        clearedAt: 1_004,
      },
      { kind: "blocked", position: 6, at: 1_004, code: "E_INPUT", message: "They differ.", clearedAt: 1_009 },
    ]);
  });

  test("has problems that the next turn cleared, and keeps when that was", () => {
    const run = called().add(OwnerLost.make({ worker: "w1", epoch: 1 }), { by: "sweeper:w2" });
    expect(pictureOf(run).problems).toMatchObject([{ clearedAt: null }]);

    run.turn([], { ms: 3, epoch: 2 }).turn([], { ms: 3, epoch: 2 });

    expect(pictureOf(run).problems).toMatchObject([{ clearedAt: 1_003 }]);
  });

  test("shows what ran in the process of its owner as pending, while it has none", () => {
    const { events } = called()
      .add(OwnerLost.make({ worker: "w1", epoch: 1 }))
      .turn([], { epoch: 2 });

    const pictures = [4, 5, 6].map((n) => pictureAt(events, n));

    expect(pictures.map((picture) => taskStateIn(picture, picture.tasks.get(key)!))).toEqual([
      "Running",
      "Pending",
      "Running",
    ]);
  });

  test("of no event is that of a run of which nothing is known", () => {
    expect(pictureAt([], 5)).toEqual(newPicture(""));
    expect(pictureAt(called().events, 0)).toEqual(newPicture("r"));
  });
});

/** Folds on and on, and compares after every event. */
function walk(events: readonly RecordedEvent[]): void {
  const picture = newPicture(events[0]!.run);
  const summary = newSummary(events[0]!.run);
  for (const [index, event] of events.entries()) {
    foldPicture(picture, event);
    foldRun(summary, event);

    expect(picture).toEqual(pictureAt(events, index + 1));
    expect(picture.summary).toEqual(summary);
    expect(picture.turns.at(-1)?.n ?? 0).toBe(summary.turns);
    expect(picture.tasks.size).toBe(summary.tasks);
    const open = [...picture.tasks.values()].filter(
      ({ endedAt, leftAt }) => endedAt === null && leftAt === null,
    );
    if (summary.endedAt !== null) continue;
    expect(open.map(({ key }) => key)).toEqual([...summary.open.keys()]);
    expect([...picture.openWaits.keys()]).toEqual([...summary.waits.keys()]);
    const isPaused = [...picture.openWaits.values()].some(({ prompt }) => prompt !== null);
    if (summary.stateName === "Paused") expect(isPaused || summary.paused !== null).toBe(true);
    expect(picture.pause?.reason ?? "").toBe(summary.paused ?? "");
    if (summary.stateName === "Waiting")
      expect([isPaused, summary.waits.size > 0, open.length, summary.openChildren.size]).toEqual([
        false,
        true,
        0,
        0,
      ]);
  }
}

describe("folding event by event gives the picture at each of them, and its summary that of the run", () => {
  test("for any history", () => {
    fc.assert(
      fc.property(randomHistory(), (tell) => walk(tell("r"))),
      { numRuns: 200 },
    );
  });

  test.each(Object.entries(recordedFlows))("for the flow %s", async (_name, { spec, input }) => {
    const { events } = await recordRun(spec, input, queuedTasks);

    walk(events);
  });
});

test("a history of 20,000 tasks is folded at once: no event costs more the longer the run is", () => {
  const run = new HistoryByHand("r").created("orders");
  for (let n = 1; n <= 20_000; n += 1) {
    const taskKey = `load#${n}`;
    run.turn(n === 1 ? [] : [-1]).task(taskKey);
    run.add(TaskCompleted.make({ key: taskKey, attempt: 1, output: new Uint8Array([1]) }));
  }

  const picture = pictureOf(run); // 60,001 events: quadratic would take minutes

  expect(picture.tasks.size).toBe(20_000);
});
