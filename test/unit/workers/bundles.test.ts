import { expect, test } from "vitest";
import { bundled, bundleId, groupsOf, hintsIn } from "../../../src/workers/bundles.ts";
import type { TaskHint } from "../../../src/workers/run-ports.ts";

function hints(count: number, rest: Partial<TaskHint> = {}): readonly TaskHint[] {
  return Array.from({ length: count }, (_, index) => ({
    run: "run",
    flow: "report",
    queue: "default",
    task: "square",
    key: `square#${index + 1}`,
    position: 4 + index,
    attempt: 1,
    delayMs: 0,
    crashes: 0,
    ...rest,
  }));
}

function sizes(marked: readonly TaskHint[]): readonly number[] {
  return groupsOf(marked).map(({ length }) => length);
}

function many(length: number, value: number): readonly number[] {
  return Array.from({ length }, () => value);
}

test("a few hints travel alone, so that many workers get something", () => {
  expect(sizes(bundled(hints(63)))).toEqual(many(63, 1));
});

test("many hints of a turn travel together, at most 16 in a job, none lost and in order", () => {
  expect(sizes(bundled(hints(64)))).toEqual(many(32, 2));
  const thousand = bundled(hints(1_000));

  expect(sizes(thousand)).toEqual([...many(62, 16), 8]);
  expect(groupsOf(thousand).flat()).toEqual(thousand);
});

test("what is delayed or limited travels alone, and no job has hints of two queues", () => {
  const rules = { limits: ["a/1"], priority: null };
  expect(Math.max(...sizes(bundled(hints(200, { delayMs: 5 }))))).toBe(1);
  expect(Math.max(...sizes(bundled(hints(200, { rules }))))).toBe(1);

  const mixed = hints(200).map((hint, index) => ({ ...hint, queue: index % 2 === 0 ? "default" : "other" }));
  const groups = groupsOf(bundled(mixed));

  expect(groups.length).toBeLessThan(200);
  for (const group of groups) expect(new Set(group.map(({ queue }) => queue)).size).toBe(1);
});

test("the id of a job tells how many hints it carries", () => {
  const [first] = bundled(hints(640));
  if (first === undefined) throw new Error("There are hints.");

  expect(hintsIn(bundleId(first, 16))).toBe(16);
  expect(hintsIn(`${bundleId(first, 7)}.ticket`)).toBe(7);
  expect(hintsIn("run.1.abc")).toBe(1);
});
