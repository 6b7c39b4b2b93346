import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type Bar, barsOf } from "./bars.ts";
import { type CallMark, isFailure, markOf } from "./call-state.ts";
import { type Call, type CallRef, callIn, ofIn } from "./calls.ts";
import { type Tally, toTally } from "./tally.ts";
import type { TimeAxis } from "./time-axis.ts";
import { type AxisWindow, placeIn } from "./window.ts";

/** How many calls of a stack were queued, at work, and in an attempt that failed, for each column of its row. */
export interface Density {
  readonly columns: number;
  readonly queued: Int32Array; // by column, as the next two
  readonly working: Int32Array;
  readonly failed: Int32Array;
  readonly peak: number; // the most calls in one column; 0 = none
}

/** Where a density is drawn. */
export interface Strip {
  readonly axis: TimeAxis;
  readonly window: AxisWindow;
  readonly columns: number;
}

const layers = ["queued", "working", "failed"] as const;
type Layer = (typeof layers)[number];

/** What a bar adds: an up where it begins and a down where it ends. */
interface Edge {
  readonly layer: Layer;
  readonly begin: number; // column
  readonly end: number; // column; `open` = where the moment is that is looked at
}

const open = Number.POSITIVE_INFINITY;

/**
 * The calls of one stack, counted; from one moment to the next, only calls that changed in between are looked at again.
 * Bars that go on all end where the moment is, so they need not be moved one by one: a step costs
 * O(changed calls + columns), and a comparison for each call.
 */
export class StackCount {
  readonly #calls: readonly CallRef[];
  readonly #strip: Strip;
  readonly #seen: (Call["of"] | undefined)[] = []; // by call, as it was last
  readonly #edges: (readonly Edge[])[] = [];
  readonly #known = new WeakMap<Call["of"], readonly Edge[]>(); // who scrubs comes back
  readonly #marks: (CallMark | null)[] = [];
  readonly #restless = new Set<number>(); // calls whose state changes by time alone
  readonly #counts = new Map<CallMark, number>();
  readonly #steps: Record<Layer, Int32Array>;
  readonly #begun: Record<Layer, Int32Array>; // begins of bars that go on
  #owned = ""; // of what all calls depend on
  looked = 0; // calls that were looked at for the newest answer

  constructor(calls: readonly CallRef[], strip: Strip) {
    this.#calls = calls;
    this.#strip = strip;
    this.#steps = blank(strip.columns);
    this.#begun = blank(strip.columns);
  }

  /** Moves on, or back, to a picture. */
  follow(picture: RunPicture): void {
    const owned = `${picture.summary.endedAt !== null} ${picture.owner === null}`;
    const isSame = owned === this.#owned;
    this.#owned = owned;
    this.looked = 0;
    for (const [index, ref] of this.#calls.entries()) {
      const of = ofIn(picture, ref);
      if (isSame && of === this.#seen[index] && !this.#restless.has(index)) continue;
      this.#look(index, callIn(picture, ref), picture);
    }
  }

  tally(): Tally {
    return toTally(this.#counts);
  }

  /** As it is at an instant, epoch ms: open bars end there. */
  density(at: number): Density {
    const { columns } = this.#strip;
    const now = this.#columnOf(at);
    const sums = blank(columns);
    for (const layer of layers) {
      const [steps, begun, sum] = [this.#steps[layer], this.#begun[layer], sums[layer]];
      let total = 0;
      let going = now < 0 ? 0 : (begun[0] ?? 0);
      for (let column = 0; column < columns; column += 1) {
        const begins = begun[column + 1] ?? 0;
        total += steps[column] ?? 0;
        // The shortest bar has a column.
        if (column === 0 || column < now) going += now < 0 ? 0 : begins;
        else going = begins;
        sum[column] = total + going;
      }
    }
    return { ...sums, columns, peak: peakOf(sums, columns) };
  }

  #look(index: number, call: Call | null, picture: RunPicture): void {
    this.looked += 1;
    this.#setMark(index, call === null ? null : markOf(picture, call));
    if (call?.kind === "task" && call.of.retryAt !== null) this.#restless.add(index);
    else this.#restless.delete(index);
    if (call?.of === this.#seen[index]) return;
    this.#seen[index] = call?.of;
    this.#setEdges(index, call === null ? [] : this.#edgesOf(picture, call));
  }

  #setMark(index: number, mark: CallMark | null): void {
    const before = this.#marks[index] ?? null;
    if (before !== null) this.#counts.set(before, (this.#counts.get(before) ?? 0) - 1);
    if (mark !== null) this.#counts.set(mark, (this.#counts.get(mark) ?? 0) + 1);
    this.#marks[index] = mark;
  }

  #setEdges(index: number, edges: readonly Edge[]): void {
    for (const edge of this.#edges[index] ?? []) this.#add(edge, -1);
    for (const edge of edges) this.#add(edge, 1);
    this.#edges[index] = edges;
  }

  #add({ layer, begin, end }: Edge, by: 1 | -1): void {
    const { columns } = this.#strip;
    if (begin >= columns) return;
    const first = Math.max(0, begin);
    if (end === open) addTo(this.#begun[layer], begin < 0 ? 0 : first + 1, by);
    else if (end >= 0) {
      addTo(this.#steps[layer], first, by);
      addTo(this.#steps[layer], Math.min(columns, Math.max(first + 1, end)), -by);
    }
  }

  #edgesOf(picture: RunPicture, call: Call): readonly Edge[] {
    const known = this.#known.get(call.of);
    if (known !== undefined) return known;
    const edges = barsOf(picture, call, Number.POSITIVE_INFINITY).map((bar) => ({
      layer: layerOf(bar),
      begin: this.#columnOf(bar.from),
      end: bar.isOpen ? open : this.#columnOf(bar.to),
    }));
    this.#known.set(call.of, edges);
    return edges;
  }

  #columnOf(at: number): number {
    const { axis, window, columns } = this.#strip;
    return Math.floor(placeIn(window, axis.toUnit(at)) * columns);
  }
}

/** For one moment only. O(attempts + columns). */
export function densityOf(
  picture: RunPicture,
  calls: readonly CallRef[],
  { at, ...strip }: Strip & { readonly at: number },
): Density {
  const count = new StackCount(calls, strip);
  count.follow(picture);
  return count.density(at);
}

function layerOf({ kind, mark }: Bar): Layer {
  if (kind === "queue") return "queued";
  return isFailure(mark) ? "failed" : "working";
}

/** A number for each column, and one for what lies outside. */
function blank(columns: number): Record<Layer, Int32Array> {
  const row = (): Int32Array => new Int32Array(columns + 1);
  return { queued: row(), working: row(), failed: row() };
}

function addTo(row: Int32Array, index: number, by: number): void {
  row[index] = (row[index] ?? 0) + by;
}

function peakOf({ queued, working, failed }: Record<Layer, Int32Array>, columns: number): number {
  let peak = 0;
  for (let column = 0; column < columns; column += 1)
    peak = Math.max(peak, (queued[column] ?? 0) + (working[column] ?? 0) + (failed[column] ?? 0));
  return peak;
}
