import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type Bar, barsOf } from "./bars.ts";
import { type CallMark, markOf } from "./call-state.ts";
import { callIn } from "./calls.ts";
import { type Density, densityOf } from "./density.ts";
import type { Lane } from "./lanes.ts";
import { describeTally, tallyOf, worstOf } from "./tally.ts";
import type { TimeAxis } from "./time-axis.ts";
import { type AxisWindow, placeIn } from "./window.ts";

/** A bar on the screen; places are 0 at the left edge and 1 at the right. */
export interface PlacedBar extends Pick<Bar, "kind" | "mark" | "attempt" | "isOpen"> {
  readonly start: number;
  readonly end: number;
}

export interface SceneRow {
  readonly lane: Lane;
  readonly mark: CallMark | null; // null = the flow had not asked for it yet
  readonly bars: readonly PlacedBar[];
  readonly density: Density | null; // null = it is no stack
  readonly note: string; // "996 completed, 3 failed" of a stack; else ""
}

export interface SceneInput {
  readonly picture: RunPicture;
  readonly lanes: readonly Lane[]; // those to be seen
  readonly axis: TimeAxis;
  readonly window: AxisWindow;
  readonly columns: number; // of a density strip
  readonly at: number; // epoch ms; open bars end here
}

/** What is on the screen, without a pixel of it: a painter draws this, and a test can read it. */
export function sceneOf(input: SceneInput): readonly SceneRow[] {
  return input.lanes.map((lane) => (lane.stack === "none" ? callRow(lane, input) : stackRow(lane, input)));
}

function stackRow(lane: Lane, { picture, axis, window, columns, at }: SceneInput): SceneRow {
  const tally = tallyOf(picture, lane.calls);
  const density = densityOf(picture, lane.calls, { axis, window, columns, at });
  return { lane, mark: worstOf(tally), bars: [], density, note: describeTally(tally) };
}

function callRow(lane: Lane, { picture, axis, window, at }: SceneInput): SceneRow {
  const [ref] = lane.calls;
  const call = ref === undefined ? null : callIn(picture, ref);
  if (call === null) return { lane, mark: null, bars: [], density: null, note: "" };
  const bars = barsOf(picture, call, at).flatMap((bar) => {
    const start = placeIn(window, axis.toUnit(bar.from));
    const end = placeIn(window, axis.toUnit(bar.to));
    return end < 0 || start > 1 ? [] : [{ ...bar, start, end }];
  });
  return { lane, mark: markOf(picture, call), bars, density: null, note: "" };
}
