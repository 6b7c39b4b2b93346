import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { type Screen, treeLines } from "../../../src/cli/live-tree.ts";
import { encodeValue } from "../../../src/events/codec.ts";
import { TaskAttemptFailed, TaskCompleted, TaskFailed } from "../../../src/events/task-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { failure, HistoryByHand } from "../../support/history-by-hand.ts";

const screen: Screen = { columns: 90, rows: 24, isPlain: false, colors: pc.createColors(false) };
const done = (key: string, attempt = 1) => TaskCompleted.make({ key, attempt, output: encodeValue(1) });

function linesOf({ events, now }: HistoryByHand, inMs = 0, given: Partial<Screen> = {}): readonly string[] {
  return treeLines(pictureAt(events, events.length), now + inMs, { ...screen, ...given });
}

function mapped(count: number): HistoryByHand {
  const run = new HistoryByHand("r").created("etl").turn();
  for (let n = 0; n < count; n += 1) run.task(`fetch#1[${n}]`);
  return run;
}

describe("a run on the screen", () => {
  test("has a bar for a map, with its pace and what is left", () => {
    const run = mapped(10);
    for (let n = 0; n < 5; n += 1) run.add(done(`fetch#1[${n}]`), { ms: 100 });

    const [head, row, why] = linesOf(run, 500);

    expect(head).toMatch(/^etl {2}name-of-r {2}Running /);
    expect(row).toMatch(/^ ◐ fetch-0 {4}5\/10 {2}█{10}░{10} {2}5\.0\/s {2}about 1 s left$/);
    expect(why).toContain("fetch#1");
  });

  test("says of a single call how it stands, and why", () => {
    const run = new HistoryByHand("r").created("etl").turn().task("load#1").task("save#1");
    run.add(
      TaskAttemptFailed.make({
        key: "load#1",
        attempt: 1,
        maxAttempts: 2,
        error: failure("no seats"),
        retryAt: run.now,
        heartbeat: null,
      }),
    );
    run.add(TaskFailed.make({ key: "load#1", attempt: 2, error: failure("no seats"), name: "Failed" }), {
      ms: 40,
    });

    const lines = linesOf(run);

    expect(lines[1]).toBe(" ✕ load-0    Failed, attempt 2  40 ms  RangeError: no seats");
    expect(lines[2]).toMatch(/^ ◐ save-0 {4}Running/);
  });

  test("fits the screen: what has ended well makes room, and the rest is counted", () => {
    const run = new HistoryByHand("r").created("etl").turn();
    for (let n = 1; n <= 40; n += 1) run.task(`step#${n}`);
    for (let n = 1; n <= 35; n += 1) run.add(done(`step#${n}`));

    const lines = linesOf(run, 0, { rows: 12, columns: 40 });

    expect(lines.length).toBeLessThanOrEqual(11);
    expect(lines.join("\n")).toMatch(/and 32 more that have ended/);
    for (const name of ["step-35", "step-39"]) expect(lines.join("\n")).toContain(name);
    for (const line of lines) expect(line.length).toBeLessThan(40);
  });

  test("keeps to ASCII where the terminal knows no more", () => {
    const run = mapped(4).add(done("fetch#1[0]"));

    expect(linesOf(run, 1_000, { isPlain: true })[1]).toContain("#####---------------");
  });
});
