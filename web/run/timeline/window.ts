/** The part of an axis that is on the screen, in units of the axis: { start: 0, end: 1 } is all of it. */
export interface AxisWindow {
  readonly start: number;
  readonly end: number;
}

export const wholeAxis: AxisWindow = { start: 0, end: 1 };

const minWidth = 1e-5;

/** Shows more (`factor` above 1) or less around a place that stays where it is; `anchor` is 0 at the left edge, 1 at the right. */
export function zoomWindow(window: AxisWindow, factor: number, anchor: number): AxisWindow {
  const width = window.end - window.start;
  const wanted = Math.min(1, Math.max(minWidth, width * factor));
  const still = window.start + width * anchor;
  return clampWindow({ start: still - wanted * anchor, end: still + wanted * (1 - anchor) });
}

/** Moves by a share of its own width. */
export function panWindow({ start, end }: AxisWindow, share: number): AxisWindow {
  const step = (end - start) * share;
  return clampWindow({ start: start + step, end: end + step });
}

/** The same width, moved onto the axis; the whole axis when it is wider. Ends may come in either order. */
export function clampWindow(window: AxisWindow): AxisWindow {
  const [low, high] = [Math.min(window.start, window.end), Math.max(window.start, window.end)];
  const width = Math.max(minWidth, high - low);
  if (width >= 1) return wholeAxis;
  const start = Math.min(Math.max(0, low), 1 - width);
  return { start, end: start + width };
}

/** Where a unit of the axis lies on the screen: 0 at the left edge, 1 at the right. */
export function placeIn({ start, end }: AxisWindow, unit: number): number {
  return (unit - start) / (end - start);
}

export function unitAt({ start, end }: AxisWindow, place: number): number {
  return start + place * (end - start);
}
