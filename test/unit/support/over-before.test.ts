import { expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { TaskCompleted, TaskCrashed, TaskStarted } from "../../../src/events/task-events.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";
import { isOverBefore } from "../../support/over-before.ts";

const key = "far#1";
const start = (attempt: number, worker: string) => TaskStarted.make({ key, attempt, worker });
const end = (attempt: number) => TaskCompleted.make({ key, attempt, output: encodeValue(attempt) });

/** Attempt 1 was begun by w1, which was taken for dead. */
function afterCrash(...more: readonly Parameters<HistoryByHand["add"]>[0][]): readonly RecordedEvent[] {
  const history = new HistoryByHand("r").created("flow").task(key, { queue: "far" });
  history.add(start(1, "w1"));
  history.add(TaskCrashed.make({ key, attempt: 1, worker: "w1", heartbeat: null }));
  for (const event of more) history.add(event);
  return history.events;
}

test("an attempt that the log began before an earlier one's late end was not begun too late", () => {
  expect(isOverBefore(afterCrash(start(2, "w2")), key, 2)).toBe(false);
  expect(isOverBefore(afterCrash(start(2, "w2"), end(1)), key, 2)).toBe(false);
});

test("an attempt of a task that was over is too late, whether the log began it or not", () => {
  expect(isOverBefore(afterCrash(end(1)), key, 2)).toBe(true);
  expect(isOverBefore(afterCrash(end(1), start(2, "w2")), key, 2)).toBe(true);
});

test("an attempt that begins again is too late once it has ended itself, or an earlier one has", () => {
  expect(isOverBefore(afterCrash(start(2, "w2"), end(2)), key, 2)).toBe(true);
  expect(isOverBefore(afterCrash(start(2, "w2"), end(1), start(2, "w3")), key, 2)).toBe(true);
});
