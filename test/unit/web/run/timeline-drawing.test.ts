import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { lanesOf } from "../../../../web/run/timeline/lanes.ts";
import { paintRows } from "../../../../web/run/timeline/paint-scene.ts";
import { readPalette } from "../../../../web/run/timeline/palette.ts";
import { scrollToRow, visibleRows } from "../../../../web/run/timeline/rows.ts";
import { sceneOf } from "../../../../web/run/timeline/scene.ts";
import { ticksOf } from "../../../../web/run/timeline/ticks.ts";
import { createTimeAxis, idleBetween, type Span } from "../../../../web/run/timeline/time-axis.ts";
import { clampWindow, panWindow, wholeAxis, zoomWindow } from "../../../../web/run/timeline/window.ts";
import { RecordingBrush } from "../../../support/recording-brush.ts";
import { wideRun } from "../../../support/wide-run.ts";

const palette = readPalette((token) => token);
const size = { height: 682, rowHeight: 22 };

describe("a timeline of ten thousand tasks, opened", () => {
  const events = wideRun({ tasks: 10_000 });
  const picture = pictureAt(events, events.length);
  const expanded = new Set(["fetch#1["]);
  const lanes = lanesOf(picture, { groupBy: "map", errorsOnly: false, attempt: null, expanded });
  const { createdAt, updatedAt } = picture.summary;
  const axis = createTimeAxis({ from: createdAt, to: updatedAt });
  const draw = (top: number) => {
    const rows = visibleRows(lanes.length, { top, ...size });
    const shown = lanes.slice(rows.first, rows.end);
    const scene = sceneOf({ picture, lanes: shown, axis, window: wholeAxis, columns: 300, at: updatedAt });
    const brush = new RecordingBrush();
    const frame = {
      width: 1_000,
      gutter: 200,
      top: 0,
      ...size,
      offset: rows.offset,
      selected: null,
      now: 0.5,
    };
    paintRows(brush, scene, frame, palette);
    return { scene, brush };
  };

  test("paints the rows in sight and no others", () => {
    expect(lanes).toHaveLength(10_001);
    expect(draw(0).scene).toHaveLength(31);
    expect(draw(110_000).scene).toHaveLength(31);
    const { brush } = draw(110_005); // half a row is scrolled out
    expect(brush.texts.filter((text) => text.startsWith("fetch["))).toHaveLength(32);
    expect(brush.strokes.length).toBeLessThan(6_000); // most of them lines of the hatching
  });

  test("tells a failed attempt by colour and by a cross, and a wait by hatching", () => {
    const top = lanes.findIndex(({ id }) => id === "fetch#1[96]") * size.rowHeight;

    const { scene, brush } = draw(top);

    expect(scene[0]).toMatchObject({ lane: { label: "fetch[96]" }, mark: "failed" });
    expect(scene[0]!.bars.map(({ kind }) => kind)).toEqual(["queue", "attempt"]);
    expect(brush.colorsOf("fill")).toContain("--state-failed");
    expect(brush.colorsOf("line")).toContain("--state-failed"); // beside a bar that is too short for it
    expect(brush.colorsOf("frame")).toContain("--state-pending");
    expect(brush.texts).toContain("✕");
  });

  test("shows the folded stack as a strip with its counts", () => {
    const { brush, scene } = draw(0);

    const { peak } = scene[0]!.density!;
    expect(peak).toBeGreaterThanOrEqual(10_000);
    expect(peak).toBeLessThan(10_200); // a column is some time: calls that began to work in it count twice
    expect(brush.texts).toContain("103 failed, 9897 completed");
    expect(brush.colorsOf("fill")).toContain("--state-scheduled"); // where the scrubber stands
  });
});

describe("the axis", () => {
  const span = fc
    .tuple(fc.nat(100_000), fc.nat(50_000))
    .map(([from, length]) => ({ from, to: from + length }));
  const at = (instant: number): Span => ({ from: instant, to: instant });

  test("goes there and back, never runs backwards, and hides what is idle", () => {
    fc.assert(
      fc.property(
        fc.array(span, { minLength: 1, maxLength: 20 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
        (busy, units) => {
          const whole = {
            from: Math.min(...busy.map(({ from }) => from)),
            to: Math.max(...busy.map(({ to }) => to)),
          };
          const axis = createTimeAxis(whole, idleBetween(busy));

          expect(axis.toUnit(axis.from)).toBeCloseTo(0, 6);
          expect(axis.toUnit(axis.to)).toBeCloseTo(1, 6);
          const sorted = [...units].sort((one, other) => one - other);
          const times = sorted.map((unit) => axis.toTime(unit));
          expect(times).toEqual([...times].sort((one, other) => one - other));
          for (const unit of sorted) expect(axis.toUnit(axis.toTime(unit))).toBeCloseTo(unit, 4);
          for (const gap of axis.gaps)
            expect(axis.toUnit(gap.to) - axis.toUnit(gap.from)).toBeCloseTo(0.015, 6);
        },
      ),
      {
        examples: [
          [[at(5), at(100)], [0.5]],
          [[at(0), at(50), at(100)], []],
        ],
      },
    );
  });

  test("finds idle time between overlapping spans", () => {
    const busy = [
      { from: 0, to: 10 },
      { from: 5, to: 8 },
      { from: 50, to: 60 },
      { from: 9, to: 20 },
    ];

    expect(idleBetween(busy)).toEqual([{ from: 20, to: 50 }]);
  });

  test("has round ticks, none of them in hidden time", () => {
    const axis = createTimeAxis({ from: 1_000, to: 101_000 }, [{ from: 11_000, to: 91_000 }]);

    const ticks = ticksOf(axis, wholeAxis, 12);

    expect(ticks.map(({ sinceStartMs }) => sinceStartMs)).toEqual([0, 10_000, 90_000, 100_000]);
    expect(ticksOf(axis, { start: 0, end: 0.01 }, 5).length).toBeLessThanOrEqual(6);
  });
});

describe("the window", () => {
  const window = fc
    .tuple(fc.double({ min: -1, max: 2, noNaN: true }), fc.double({ min: -1, max: 2, noNaN: true }))
    .map(([start, end]) => clampWindow({ start, end }));
  const isInside = ({ start, end }: { start: number; end: number }): boolean =>
    start >= 0 && end <= 1 + 1e-9 && end > start;

  test("stays on the axis, whatever one does, and zooms around the pointer", () => {
    fc.assert(
      fc.property(
        window,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (window, factor, anchor) => {
          expect(isInside(zoomWindow(window, factor, anchor))).toBe(true);
          expect(isInside(panWindow(window, factor - 5))).toBe(true);
        },
      ),
    );
    const zoomed = zoomWindow({ start: 0.2, end: 0.8 }, 0.5, 0.5);
    expect(zoomed.start).toBeCloseTo(0.35);
    expect(zoomed.end).toBeCloseTo(0.65);
  });
});

test("a row that is chosen by keys comes into sight with the least scrolling", () => {
  const view = { top: 220, ...size };

  expect(scrollToRow(3, view)).toBe(66);
  expect(scrollToRow(20, view)).toBe(220);
  expect(scrollToRow(60, view)).toBe(60 * 22 + 22 - size.height);
});
