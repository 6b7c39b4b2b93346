import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type Bar, barsOf } from "./bars.ts";
import { isFailure } from "./call-state.ts";
import { type CallRef, callIn } from "./calls.ts";
import type { TimeAxis } from "./time-axis.ts";
import { type AxisWindow, placeIn } from "./window.ts";

/** How many calls of a stack were queued, at work, and in an attempt that failed, for each column of its row. */
export interface Density {
  readonly queued: Int32Array;
  readonly working: Int32Array;
  readonly failed: Int32Array;
  readonly peak: number; // the most calls in one column; 0 = none
}

interface Strip {
  readonly axis: TimeAxis;
  readonly window: AxisWindow;
  readonly columns: number;
  readonly at: number; // epoch ms; where open bars end
}

/** O(attempts + columns): each bar is an up and a down, and the sums run once over the columns. */
export function densityOf(picture: RunPicture, calls: readonly CallRef[], strip: Strip): Density {
  const { columns, at } = strip;
  const counts = {
    queued: new Int32Array(columns + 1),
    working: new Int32Array(columns + 1),
    failed: new Int32Array(columns + 1),
  };
  for (const ref of calls) {
    const call = callIn(picture, ref);
    if (call === null) continue;
    for (const bar of barsOf(picture, call, at)) addBar(counts[kindOf(bar)], bar, strip);
  }
  for (const steps of Object.values(counts)) sumUp(steps);
  return { ...counts, peak: peakOf(counts, columns) };
}

function kindOf({ kind, mark }: Bar): "queued" | "working" | "failed" {
  if (kind === "queue") return "queued";
  return isFailure(mark) ? "failed" : "working";
}

function addBar(steps: Int32Array, { from, to }: Bar, { axis, window, columns }: Strip): void {
  const first = Math.floor(placeIn(window, axis.toUnit(from)) * columns);
  const last = Math.floor(placeIn(window, axis.toUnit(to)) * columns);
  if (last < 0 || first >= columns) return;
  const begin = Math.max(0, first);
  const end = Math.min(columns, Math.max(begin + 1, last)); // the shortest bar has a column
  steps[begin] = (steps[begin] ?? 0) + 1;
  steps[end] = (steps[end] ?? 0) - 1;
}

function sumUp(steps: Int32Array): void {
  let sum = 0;
  for (let column = 0; column < steps.length; column += 1) {
    sum += steps[column] ?? 0;
    steps[column] = sum;
  }
}

function peakOf({ queued, working, failed }: Omit<Density, "peak">, columns: number): number {
  let peak = 0;
  for (let column = 0; column < columns; column += 1)
    peak = Math.max(peak, (queued[column] ?? 0) + (working[column] ?? 0) + (failed[column] ?? 0));
  return peak;
}
