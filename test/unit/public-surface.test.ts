import { expect, test } from "vitest";
import * as events from "../../src/events.ts";
import * as root from "../../src/index.ts";
import * as testing from "../../src/testing.ts";

test("the package exports these names, and no others", () => {
  expect(Object.keys(root).toSorted()).toEqual([
    "EngineError",
    "asCompleted",
    "cancelled",
    "completed",
    "exponential",
    "failed",
    "fatal",
    "flow",
    "isEngineError",
    "isMain",
    "logger",
    "now",
    "random",
    "runContext",
    "sleep",
    "task",
    "taskContext",
    "unmapped",
    "uuid",
    "wait",
  ]);
});

test("the entry for readers of the log exports these names, and no others", () => {
  expect(Object.keys(events).toSorted()).toEqual(["catalog", "isType", "readEvent", "readValue"]);
});

test("the entry for tests of users exports these names, and no others", () => {
  expect(Object.keys(testing).toSorted()).toEqual(["expectReplay"]);
});
