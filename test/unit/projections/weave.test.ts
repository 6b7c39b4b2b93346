import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { type Placed, weave } from "../../../src/projections/weave.ts";

interface Line extends Placed {
  readonly text: string;
}

const at = (time: number, type: string, data: object = {}) => ({ type, data, recordedAt: time });
const history = [
  at(100, "RunCreated"),
  at(100, "TurnTaken"),
  at(100, "RunStarted"),
  at(100, "TaskScheduled", { key: "a#1" }), // 4
  at(200, "TaskAttemptFailed", { key: "a#1", attempt: 1 }), // 5
  at(300, "TaskCompleted", { key: "a#1", attempt: 2 }), // 6
  at(300, "TurnTaken"), // 7
  at(300, "RunCompleted"), // 8
].map((event, index) => ({ ...event, position: index + 1 }) as unknown as RecordedEvent);

const task = (text: string, time: number, attempt: number): Line => ({
  text,
  time,
  task: "a#1",
  attempt,
  after: null,
});
const ofFlow = (text: string, time: number, after: number): Line => ({
  text,
  time,
  after,
  task: null,
  attempt: 0,
});

function told(...lines: readonly Line[]): string {
  return weave(history, lines)
    .map((strand) => ("line" in strand ? strand.line.text : String(strand.event.position)))
    .join(" ");
}

describe("log lines among the events of a run", () => {
  test("stand where their times say", () => {
    expect(told(task("x", 150, 1), task("y", 250, 2))).toBe("1 2 3 4 x 5 y 6 7 8");
  });

  test("of a flow follow their turn, whatever the time", () => {
    expect(told(ofFlow("hello", 999, 3), ofFlow("bye", 1, 7))).toBe("1 2 3 hello 4 5 6 7 bye 8");
  });

  test("of a task stay within its attempt when the clocks of two machines differ", () => {
    expect(told(task("early", 1, 1), task("late", 999, 1))).toBe("1 2 3 4 early late 5 6 7 8");
    expect(told(task("early", 1, 2), task("late", 999, 2))).toBe("1 2 3 4 5 early late 6 7 8");
  });

  test("of one instant keep the order in which they came", () => {
    expect(told(task("one", 150, 1), task("two", 150, 1), task("three", 150, 1))).toBe(
      "1 2 3 4 one two three 5 6 7 8",
    );
  });

  test("of a task that nobody knows go by time", () => {
    const stray = { ...task("stray", 250, 1), task: "b#1" };

    expect(told(stray)).toBe("1 2 3 4 5 stray 6 7 8");
  });

  test("without events come in order of their times", () => {
    const woven = weave<Line>([], [task("b", 2, 1), task("a", 1, 1)]);

    expect(woven.map((strand) => ("line" in strand ? strand.line.text : ""))).toEqual(["a", "b"]);
  });
});
