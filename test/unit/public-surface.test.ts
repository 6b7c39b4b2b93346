import { expect, test } from "vitest";
import * as events from "../../src/events.ts";
import * as root from "../../src/index.ts";
import * as postgres from "../../src/postgres.ts";
import * as testing from "../../src/testing.ts";

test("the package exports these names, and no others", () => {
  expect(Object.keys(root).toSorted()).toEqual([
    "CachePolicy",
    "EngineError",
    "FLOW",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NO_CACHE",
    "RUN",
    "TASK_SOURCE",
    "asCompleted",
    "branch",
    "cancelled",
    "completed",
    "condition",
    "connect",
    "continueAsNew",
    "deprecatePatch",
    "directory",
    "exponential",
    "failed",
    "fatal",
    "flow",
    "getTransaction",
    "heartbeat",
    "isEngineError",
    "isMain",
    "limit",
    "logger",
    "now",
    "onQuery",
    "onUpdate",
    "patched",
    "race",
    "random",
    "rateLimit",
    "runContext",
    "s3",
    "shield",
    "signal",
    "sleep",
    "sleepUntil",
    "task",
    "taskContext",
    "transaction",
    "unmapped",
    "uuid",
    "wait",
    "waitForInput",
    "withTimeout",
  ]);
});

test("the entry for readers of the log exports these names, and no others", () => {
  expect(Object.keys(events).toSorted()).toEqual(["catalog", "isType", "readEvent", "readValue"]);
});

test("the entry for tests of users exports these names, and no others", () => {
  expect(Object.keys(testing).toSorted()).toEqual([
    "createHarness",
    "expectReplay",
    "forEveryCrashPoint",
    "given",
    "givenHistory",
  ]);
});

test("the entry for tasks in PostgreSQL exports these names, and no others", () => {
  expect(Object.keys(postgres).toSorted()).toEqual(["createCompletionTable", "forgetCompletions", "pgTask"]);
});
