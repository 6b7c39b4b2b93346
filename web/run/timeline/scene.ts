import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type Bar, barsOf } from "./bars.ts";
import { type CallMark, markOf } from "./call-state.ts";
import { callIn } from "./calls.ts";
import { type Density, StackCount, type Strip } from "./density.ts";
import type { Lane } from "./lanes.ts";
import { describeTally, worstOf } from "./tally.ts";
import { placeIn } from "./window.ts";

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
  readonly looked: number; // calls that were looked at for it: few, from one moment to the next
}

export interface SceneInput extends Strip {
  readonly picture: RunPicture;
  readonly lanes: readonly Lane[]; // those to be seen
  readonly at: number; // epoch ms; open bars end here
}

/** What is on the screen, without a pixel of it: a painter draws this, and a test can read it. */
export function sceneOf(
  input: SceneInput,
  counts: StackCounts = new StackCounts(input),
): readonly SceneRow[] {
  return input.lanes.map((lane) =>
    lane.stack === "none" ? callRow(lane, input) : stackRow(lane, input, counts),
  );
}

/** What was counted of the stacks, for the next moment; of one axis, window and width. */
export class StackCounts {
  readonly #strip: Strip;
  readonly #counts = new WeakMap<Lane, StackCount>();

  constructor({ axis, window, columns }: Strip) {
    this.#strip = { axis, window, columns };
  }

  of(lane: Lane): StackCount {
    const known = this.#counts.get(lane) ?? new StackCount(lane.calls, this.#strip);
    this.#counts.set(lane, known);
    return known;
  }
}

function stackRow(lane: Lane, { picture, at }: SceneInput, counts: StackCounts): SceneRow {
  const count = counts.of(lane);
  count.follow(picture);
  const tally = count.tally();
  const note = describeTally(tally);
  return { lane, mark: worstOf(tally), bars: [], density: count.density(at), note, looked: count.looked };
}

function callRow(lane: Lane, { picture, axis, window, at }: SceneInput): SceneRow {
  const [ref] = lane.calls;
  const call = ref === undefined ? null : callIn(picture, ref);
  if (call === null) return { lane, mark: null, bars: [], density: null, note: "", looked: 1 };
  const bars = barsOf(picture, call, at).flatMap((bar) => {
    const start = placeIn(window, axis.toUnit(bar.from));
    const end = placeIn(window, axis.toUnit(bar.to));
    return end < 0 || start > 1 ? [] : [{ ...bar, start, end }];
  });
  return { lane, mark: markOf(picture, call), bars, density: null, note: "", looked: 1 };
}
