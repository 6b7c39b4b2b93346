import type { TimeAxis } from "./time-axis.ts";
import { type AxisWindow, placeIn } from "./window.ts";

export interface Tick {
  readonly place: number; // 0..1 of the screen
  readonly sinceStartMs: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Steps that people count in. */
const steps = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

/** Round instants in the window, at most `most` of them; those that fall into hidden idle time are left out. */
export function ticksOf(axis: TimeAxis, window: AxisWindow, most: number): readonly Tick[] {
  const first = axis.toTime(window.start) - axis.from;
  const last = axis.toTime(window.end) - axis.from;
  const step = steps.find((ms) => (last - first) / ms <= most) ?? (last - first) / most;
  const ticks: Tick[] = [];
  for (let since = Math.ceil(first / step) * step; since <= last && ticks.length <= most; since += step) {
    const at = axis.from + since;
    if (axis.gaps.some((gap) => at > gap.from && at < gap.to)) continue;
    ticks.push({ place: placeIn(window, axis.toUnit(at)), sinceStartMs: since });
  }
  return ticks;
}
