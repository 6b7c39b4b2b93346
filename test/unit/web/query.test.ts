import { describe, expect, test } from "vitest";
import type { RunRow } from "../../../src/server/contract/runs.ts";
import { matchRow } from "../../../web/runs/match-row.ts";
import { completionsOf, withoutTerm, withTyped } from "../../../web/runs/query-chips.ts";
import { newestRows, waitingRows } from "../../../web/runs/run-rows.ts";
import { readRunsSearch } from "../../../web/runs/runs-search.ts";
import { extendTo, nothingSelected, toggle } from "../../../web/runs/selection.ts";
import { spanBetween, spanOf, withSpan } from "../../../web/runs/time-span.ts";

const known = { flows: ["etl", "nightly report"], queues: ["gpu"], tags: [] };
const row = (change: Partial<RunRow>): RunRow => ({
  run: "r1",
  name: "brisk-otter",
  flow: "etl",
  state: "FAILED",
  stateName: "TimedOut",
  queue: "default",
  tags: ["prod"],
  trigger: "client",
  createdAt: 1_000,
  startedAt: 2_000,
  endedAt: 62_000,
  notBefore: null,
  tasks: 3,
  completed: 2,
  failed: 1,
  cached: 0,
  retries: 0,
  children: 0,
  attempt: 1,
  parent: null,
  root: null,
  message: null,
  error: "Error: ECONNREFUSED",
  fingerprint: null,
  aside: null,
  position: 5,
  ...change,
});

describe("the query", () => {
  test("a typed condition is added, and one that can be asked once replaces the other", () => {
    expect(withTyped("flow:etl", "tag:prod")).toBe("flow:etl tag:prod");
    expect(withTyped("status:failed flow:etl", "status:running")).toBe("flow:etl status:running");
    expect(withTyped("tag:a", "tag:a")).toBe("tag:a");
    expect(withoutTerm("status:failed flow:etl", 0)).toBe("flow:etl");
  });

  test("fields are completed, then their values; what has spaces is quoted", () => {
    expect(completionsOf("st", known).map(({ text }) => text)).toEqual(["status:", "started>"]);
    expect(completionsOf("flow:ni", known)).toEqual([
      { text: 'flow:"nightly report"', about: "", isWhole: true },
    ]);
    expect(completionsOf("status:failed,ca", known).map(({ text }) => text)).toContain(
      "status:failed,cancelled",
    );
  });

  test("a span of time goes into the query and comes out of it", () => {
    const q = withSpan("flow:etl created>-24h", { from: 1_000, to: 5_000 });

    expect(q).toBe("flow:etl created>=1970-01-01T00:00:01.000Z created<1970-01-01T00:00:05.000Z");
    expect(spanOf(q, 9_000)).toEqual({ from: 1_000, to: 5_000 });
    expect(withSpan(q, null)).toBe("flow:etl");
    expect(spanOf("no:such", 9_000)).toEqual({ from: null, to: null });
  });

  test("a brush takes whole buckets, in either direction and over the edge", () => {
    const histogram = { from: 0, bucketMs: 10, buckets: 10 };

    expect(spanBetween(histogram, 0.35, 0.11)).toEqual({ from: 10, to: 40 });
    expect(spanBetween(histogram, 0.5, 1.7)).toEqual({ from: 50, to: 100 });
    expect(spanBetween(histogram, 0.5, 0.5)).toEqual({ from: 50, to: 60 });
  });

  test.each([
    ["", true],
    ["status:failed", true],
    ["status:timedout", true],
    ["status:running", false],
    ["flow:etl,other tag:prod", true],
    ["tag:prod tag:eu", false],
    ["duration>30s", true],
    ["duration>5m", false],
    ['error~"econn"', true],
    ["otter", true],
    ["created>=1970-01-01T00:00:02Z", false],
    ["nonsense:1", false],
  ])("%s finds the row: %s", (q, isFound) => expect(matchRow(q, row({}), 100_000)).toBe(isFound));
});

describe("rows", () => {
  test("take the newest form, in their order; a repeated one stands once", () => {
    const asked = [row({}), row({ run: "r2" }), row({})];
    const heard = new Map([
      ["r1", row({ position: 9, state: "COMPLETED" })],
      ["r2", row({ run: "r2", position: 1 })],
    ]);

    expect(newestRows(asked, heard).map(({ run, position }) => [run, position])).toEqual([
      ["r1", 9],
      ["r2", 5],
    ]);
  });

  test("that are new wait above the list", () => {
    const heard = new Map([
      ["new", row({ run: "new", createdAt: 2_000 })],
      ["old", row({ run: "old", createdAt: 1 })],
      ["other", row({ run: "other", createdAt: 3_000, flow: "x" })],
    ]);

    expect(waitingRows([row({})], heard, ({ flow }) => flow === "etl").map(({ run }) => run)).toEqual([
      "new",
    ]);
  });

  test("are chosen one by one, and from the anchor to another one", () => {
    const order = ["a", "b", "c", "d"];
    const one = toggle(nothingSelected, "b");

    expect([...extendTo(one, order, "d").ids]).toEqual(["b", "c", "d"]);
    expect([...toggle(extendTo(one, order, "d"), "c").ids]).toEqual(["b", "d"]);
    expect([...extendTo(nothingSelected, order, "c").ids]).toEqual(["c"]);
  });
});

test("an address of any origin is read", () => {
  expect(readRunsSearch({ q: 42, order: "sideways", peek: "", more: [] })).toEqual({ q: "42" });
  expect(readRunsSearch({ q: "status:failed", order: "oldest", peek: "r1" })).toEqual({
    q: "status:failed",
    order: "oldest",
    peek: "r1",
  });
});
