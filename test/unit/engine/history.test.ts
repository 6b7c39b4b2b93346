import { beforeAll, describe, expect, test } from "vitest";
import { afterAttempt } from "../../../src/engine/attempt-book.ts";
import { readHistory } from "../../../src/engine/read-history.ts";
import type { Event } from "../../../src/events/catalog.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCancelled,
  RunCrashed,
  RunUnblocked,
} from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { TimerFired } from "../../../src/events/timer-events.ts";
import { TurnTaken } from "../../../src/events/turn-events.ts";
import { recordRun } from "../../support/record-flow.ts";
import { recordedFlows } from "../../support/recorded-flows.ts";

let events: readonly RecordedEvent[];
beforeAll(async () => {
  ({ events } = await recordRun(recordedFlows.failure.spec, undefined));
});

/** The history of the flow, up to its first turn, and what happened then. */
function andThen(...more: readonly Event[]): readonly RecordedEvent[] {
  const before = events.slice(0, 4);
  const after = more.map((event, index) => ({
    ...event,
    version: 1,
    run: "recorded",
    position: 5 + index,
    recordedAt: 0,
    actor: "a",
  }));
  // The catalog pairs types with data; a spread loses that.
  return [...before, ...(after as RecordedEvent[])];
}

const turn = (n: number, delivered: number[] = [], done = false) =>
  TurnTaken.make({ n, epoch: 3, elapsedMs: 0, codeHash: "h", flags: [], delivered, done });
const error = { name: "E", message: "m", stack: null, code: null, causes: [] };
const crashed = TaskCrashed.make({ key: "fails#1", attempt: 1, worker: "w", heartbeat: null });
const failed = TaskAttemptFailed.make({
  key: "fails#1",
  attempt: 2,
  maxAttempts: 3,
  error,
  retryAt: 9,
  heartbeat: null,
});

describe("the history of a run", () => {
  test("puts turns, calls and facts in order", () => {
    const history = readHistory(events);

    expect(history.created.data.flow).toBe("failure");
    expect(history.started?.data.input).toBeNull();
    expect(
      history.turns.map(({ event, delivered, calls, ending }) => [
        event.data.n,
        delivered.map(({ type }) => type),
        calls.map(({ data }) => data.key),
        ending?.type ?? null,
      ]),
    ).toEqual([
      [1, [], ["fails#1"], null],
      [2, ["TaskFailed"], ["sleep#1"], null],
      [3, ["TimerFired"], ["fails#2"], null],
      [4, ["TaskFailed"], [], "RunFailed"],
    ]);
    expect(history).toMatchObject({
      inbox: [],
      crashes: 0,
      position: events.length,
      epoch: 1,
      blocked: null,
      ending: { type: "RunFailed" },
    });
  });

  test("keeps facts that no turn has delivered, in the order of the stream", () => {
    const done = TaskCompleted.make({ key: "fails#1", attempt: 1, output: new Uint8Array() });
    const { inbox } = readHistory(
      andThen(
        TimerFired.make({ key: "sleep#9" }),
        done,
        TaskStarted.make({ key: "x", attempt: 1, worker: "w" }),
      ),
    );
    expect(inbox.map(({ position }) => position)).toEqual([5, 6]);
  });

  test("knows what became of attempts", () => {
    const { attempts } = readHistory(andThen(crashed, failed));
    expect(attempts.get("fails#1")).toEqual({ last: 2, retryAt: 9, crashes: 1, heartbeat: null });
    const again = { ...crashed, data: { ...crashed.data, attempt: 3 } };
    const [event] = andThen(again).slice(-1);
    expect(afterAttempt(attempts.get("fails#1"), event as RecordedEvent<"TaskCrashed">)).toEqual({
      last: 3,
      retryAt: 0,
      crashes: 2,
      heartbeat: null,
    });
  });

  test("counts the owners that were lost since the last turn", () => {
    const lost = OwnerLost.make({ worker: "w", epoch: 1 });
    expect(readHistory(andThen(lost, lost)).crashes).toBe(2);
    expect(readHistory(andThen(lost, turn(2), lost)).crashes).toBe(1);
  });

  test("is blocked until somebody says otherwise", () => {
    const blocked = RunBlocked.make({ code: "E_INPUT", message: "m", turn: 1, codeHash: "h" });
    expect(readHistory(andThen(blocked)).blocked?.data.code).toBe("E_INPUT");
    expect(readHistory(andThen(blocked, RunUnblocked.make({ reason: null }))).blocked).toBeNull();
  });

  test("an end that is not the flow's own belongs to no turn", () => {
    const { ending, turns } = readHistory(andThen(RunCrashed.make({ message: "m" })));
    expect([ending?.type, turns.at(-1)?.ending]).toEqual(["RunCrashed", null]);
    expect(
      readHistory(
        andThen(turn(2, [], true), RunCancelled.make({ name: "Cancelled", message: null })),
      ).turns.at(-1)?.ending?.type,
    ).toBe("RunCancelled");
  });

  test("an empty run has no epoch and no turns", () => {
    expect(readHistory(events.slice(0, 1))).toMatchObject({
      epoch: 0,
      turns: [],
      started: null,
      ending: null,
    });
  });
});

describe("a damaged history", () => {
  test.each<[string, () => readonly RecordedEvent[], string]>([
    ["a gap", () => [...events.slice(0, 2), ...events.slice(3)], "comes after position 2"],
    ["no beginning", () => [], "does not begin with RunCreated"],
    ["a turn that is not due", () => andThen(turn(5)), "is turn 5, and turn 2 was due"],
    [
      "a turn that delivers no fact",
      () => andThen(turn(2, [4])),
      "delivers event 4, which is not an undelivered fact",
    ],
    [
      "a fact that is delivered twice",
      () => andThen(TimerFired.make({ key: "s" }), turn(2, [5, 5])),
      "delivers event 5",
    ],
    ["a call before any turn", () => [events[0]!, { ...events[3]!, position: 2 }], "comes before any turn"],
  ])("%s is told, and nothing is guessed", (_what, damaged, text) => {
    expect(() => readHistory(damaged())).toThrowError(
      expect.objectContaining({ code: "EVENT_UNREADABLE", message: expect.stringContaining(text) }),
    );
  });
});
