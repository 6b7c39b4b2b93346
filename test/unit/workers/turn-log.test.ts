import { expect, test } from "vitest";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { TurnLog } from "../../../src/workers/turn-log.ts";

function record(...types: readonly string[]): RecordedEvent[] {
  return types.map(
    (type, index) => ({ type, position: index + 5, recordedAt: 900 }) as unknown as RecordedEvent,
  );
}

function open(isLive = () => true) {
  const seen: string[] = [];
  const turn = new TurnLog(
    ({ message, after, time }) => seen.push(`${message} after ${after} at ${time}`),
    isLive,
  );
  const show = (...types: readonly string[]): void =>
    turn.show(record(...types), (events) => seen.push(...events.map(({ type }) => type)));
  return { seen, turn, show };
}

test("lines stand after what the turn was told, and before what it decided", () => {
  const { seen, turn, show } = open();

  turn.log.info("got it");
  turn.log.warn({ rows: 1 }, "done");
  show("TaskCompleted", "TurnTaken", "RunCompleted");

  expect(seen).toEqual([
    "TaskCompleted",
    "TurnTaken",
    "got it after 6 at 900",
    "done after 6 at 900",
    "RunCompleted",
  ]);
});

test("the first lines of a run follow its beginning", () => {
  const { seen, turn, show } = open();

  turn.log.info("hello");
  show("RunCreated", "TurnTaken", "RunStarted", "TaskScheduled");

  expect(seen.indexOf("hello after 7 at 900")).toBe(3);
});

test("a commit without a turn shows lines too, after its events", () => {
  const { seen, turn, show } = open();

  turn.log.info("late");
  show("TaskAttemptFailed");

  expect(seen).toEqual(["TaskAttemptFailed", "late after 5 at 900"]);
});

test("lines come once, and those of a replay never", () => {
  let isLive = false;
  const { seen, turn, show } = open(() => isLive);

  turn.log.info("again");
  isLive = true;
  turn.log.info("new");
  show("TurnTaken");
  show("TurnTaken");

  expect(seen).toEqual(["TurnTaken", "new after 5 at 900", "TurnTaken"]);
});
