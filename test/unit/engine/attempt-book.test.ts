import { expect, test } from "vitest";
import { AttemptBook } from "../../../src/engine/attempt-book.ts";
import type { Event } from "../../../src/events/catalog.ts";
import { OwnerLost } from "../../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskScheduled,
  TaskStarted,
} from "../../../src/events/task-events.ts";
import { toRecorded } from "../../../src/events/to-recorded.ts";

const error = { name: "Error", message: "x", stack: null, code: null, causes: [] };
const lost = OwnerLost.make({ worker: "w", epoch: 1 });
const scheduled = (key: string, queue: string | null, limits: readonly string[] = []): Event =>
  TaskScheduled.make({
    key,
    name: "a",
    queue,
    input: new Uint8Array(),
    fingerprint: 0,
    after: -1,
    site: null,
    overrides: null,
    rules: limits.length === 0 ? null : { cache: null, priority: null, limits },
  });
const failed = (key: string, attempt: number, retryAt: number): Event =>
  TaskAttemptFailed.make({ key, attempt, maxAttempts: 9, error, retryAt, heartbeat: null });

/** Events one second apart, from 1,000 on. */
function book(...events: readonly Event[]): AttemptBook {
  const made = new AttemptBook();
  for (const [index, event] of events.entries()) {
    const at = { run: "r", position: index + 1, recordedAt: (index + 1) * 1_000, actor: "" };
    made.add(toRecorded(event, at));
  }
  return made;
}

test("a task of the owner's process that was under way when the owner was lost has crashed", () => {
  const { past, underWay } = book(scheduled("a#1", null), lost, lost);

  expect(past.get("a#1")).toEqual({ last: 2, retryAt: 0, crashes: 2, heartbeat: null });
  expect(underWay).toEqual(["a#1"]);
});

test("one that waited for its next attempt has not, until the attempt was due", () => {
  expect(book(scheduled("a#1", null), failed("a#1", 1, 9_000), lost).past.get("a#1")?.crashes).toBe(0);
  expect(book(scheduled("a#1", null), failed("a#1", 1, 2_500), lost).past.get("a#1")).toMatchObject({
    last: 2,
    crashes: 1,
  });
});

test("one that had ended, and a queued one, have not", () => {
  const done = TaskCompleted.make({ key: "a#1", attempt: 1, output: new Uint8Array() });
  const { past, underWay } = book(scheduled("a#1", null), done, scheduled("b#1", "q"), lost);

  expect([past.size, underWay]).toEqual([0, []]);
});

test("the newest heartbeat of a task outlives attempts that gave none", () => {
  const details = new Uint8Array([7]);
  const crashed = TaskCrashed.make({ key: "b#1", attempt: 1, worker: "w", heartbeat: details });
  const { past } = book(scheduled("b#1", "q"), crashed, failed("b#1", 2, 1));

  expect(past.get("b#1")).toEqual({ last: 2, retryAt: 1, crashes: 1, heartbeat: { position: 2, details } });
});

test("a task that waited for slots of its limits when the owner was lost did not crash, until its attempt began", () => {
  const limited = scheduled("limited#1", null, ["slots/1/one"]);
  const begun = (attempt: number): Event => TaskStarted.make({ key: "limited#1", attempt, worker: "w" });

  const waited = book(limited, lost, lost);
  const died = book(limited, lost, begun(1), lost, lost);
  const again = book(limited, begun(1), failed("limited#1", 1, 0), lost);

  expect([waited.past.size, waited.underWay]).toEqual([0, []]);
  expect(died.past.get("limited#1")).toMatchObject({ last: 1, crashes: 1 });
  expect(again.past.get("limited#1")).toMatchObject({ last: 1, crashes: 0 });
  expect(book(limited, begun(1)).underWay).toEqual(["limited#1"]);
});
