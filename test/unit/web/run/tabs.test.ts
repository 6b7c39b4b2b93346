import { describe, expect, test } from "vitest";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { planOf } from "../../../../web/run/actions/fork-plan.ts";
import { asCli, asCurl, quote } from "../../../../web/run/data/as-commands.ts";
import { eventRows, neighbour, typesAmong } from "../../../../web/run/events/event-rows.ts";
import { readAnsi } from "../../../../web/run/log/ansi.ts";
import { findRows, nameRowsOf, taskRowsOf } from "../../../../web/run/tasks/task-rows.ts";
import { wideRun } from "../../../support/wide-run.ts";

const events = wideRun({ tasks: 100 });
const picture = pictureAt(events, events.length);
const eventAt = (position: number) => events[position - 1] ?? null;

describe("the table of tasks", () => {
  const rows = taskRowsOf(picture);

  test("sums up by name", () => {
    expect(nameRowsOf(rows)).toMatchObject([
      { name: "fetch", kind: "task", pending: 0, running: 0, done: 99, failed: 1, retries: 3 },
    ]);
    const [middle] = nameRowsOf(taskRowsOf(pictureAt(events, 150)));
    expect(middle!.pending + middle!.running + middle!.done + middle!.failed).toBe(100);
    expect(middle!.pending).toBeGreaterThan(0);
  });

  test("finds by key, state and worker", () => {
    expect(findRows(rows, "FAILED").map(({ ref }) => ref.key)).toEqual(["fetch#1[96]"]);
    expect(findRows(rows, "w2")).toHaveLength(25);
    expect(findRows(rows, "[7]")).toHaveLength(1);
  });
});

describe("the list of events", () => {
  const all = { text: "", type: "" };

  test("is newest first, up to the moment, and by type or text", () => {
    expect(eventRows(5, eventAt, all).map(({ position }) => position)).toEqual([5, 4, 3, 2, 1]);
    expect(eventRows(events.length, eventAt, { ...all, type: "TaskFailed" })).toHaveLength(1);
    expect(
      new Set(eventRows(events.length, eventAt, { ...all, text: "[96]" }).map(({ type }) => type)),
    ).toEqual(new Set(["TaskScheduled", "TaskStarted", "TaskFailed"]));
    expect(typesAmong(4, eventAt)).toEqual(["RunCreated", "RunStarted", "TaskScheduled", "TurnTaken"]);
  });

  test("goes from one event of a call to its next", () => {
    const scheduled = picture.tasks.get("fetch#1[0]")!.position;
    const started = neighbour(scheduled, 1, events.length, eventAt)!;

    expect(eventAt(started)).toMatchObject({ type: "TaskStarted", data: { key: "fetch#1[0]" } });
    expect(neighbour(started, -1, events.length, eventAt)).toBe(scheduled);
    expect(neighbour(1, 1, events.length, eventAt)).toBeNull();
  });
});

test("a fork tells what it keeps and what is done again", () => {
  const plan = planOf(picture, eventAt, { at: "task", key: "fetch#1[99]" });
  expect(plan).toMatchObject({ request: { task: "fetch#1[99]" }, edits: "args", kept: 0 });
  expect(plan.again).toHaveLength(100); // all of them were called before any had ended

  const late = planOf(picture, eventAt, { at: "event", position: events.length - 3 });
  expect(late.kept).toBeGreaterThan(80);
  expect(late.kept + late.again.length).toBe(100);
  expect(late.cli).toMatch(/^ --turn \d+$/);
  expect(planOf(picture, eventAt, { at: "begin" })).toMatchObject({ request: { turn: 0 }, edits: "input" });
});

test("commands for a shell quote what a shell would take for its own", () => {
  const launch = { flow: "etl", input: { text: "it's $HOME `x`" }, queue: "default", tags: ["a b"] };

  expect(asCli(launch)).toBe(
    `millrace start etl --input '{"text":"it'\\''s $HOME \`x\`"}' --queue default --tag 'a b'`,
  );
  expect(asCurl("http://h/api/runs", launch)).toContain("http://h/api/runs");
  expect(asCurl("http://h/api/runs", { ...launch, input: null })).not.toContain("input");
  expect(quote("plain-1.2/x")).toBe("plain-1.2/x");
});

test("a line of a terminal keeps its colours and loses every other escape", () => {
  expect(readAnsi("\u001B[1;31mred\u001B[0m plain\u001B[2K")).toEqual([
    { text: "red", color: "red", isBold: true },
    { text: " plain", color: null, isBold: false },
  ]);
  expect(readAnsi("<b>x</b>")).toEqual([{ text: "<b>x</b>", color: null, isBold: false }]);
});
