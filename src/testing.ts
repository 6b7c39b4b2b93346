export type { Ask } from "./testing/asks.ts";
export { type CrashedRun, forEveryCrashPoint } from "./testing/crash-points.ts";
export type { CrashPoint, Faults } from "./testing/faults.ts";
export { type Given, given, givenHistory } from "./testing/given.ts";
export { createHarness, type Harness, type HarnessOptions } from "./testing/harness.ts";
export type { HarnessRun, HistoryEvent } from "./testing/harness-run.ts";
export type { Mock } from "./testing/mocks.ts";
export { expectReplay } from "./workers/expect-replay.ts";
