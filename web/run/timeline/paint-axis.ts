import { toSpan } from "../../format/instants.ts";
import type { Brush } from "./brush.ts";
import type { Frame } from "./paint-scene.ts";
import type { Palette } from "./palette.ts";
import { ticksOf } from "./ticks.ts";
import type { TimeAxis } from "./time-axis.ts";
import { type AxisWindow, placeIn } from "./window.ts";

interface Ruler {
  readonly axis: TimeAxis;
  readonly window: AxisWindow;
  readonly height: number; // px of the whole canvas
}

const pxPerTick = 90;

/** Round instants since the begin of the run, and where idle time is hidden. */
export function paintAxis(brush: Brush, ruler: Ruler, frame: Frame, palette: Palette): void {
  const { axis, window, height } = ruler;
  const width = frame.width - frame.gutter;
  brush.font = "11px system-ui, sans-serif";
  brush.textBaseline = "middle";
  brush.textAlign = "left";
  for (const { place, sinceStartMs } of ticksOf(axis, window, Math.max(2, Math.floor(width / pxPerTick)))) {
    const x = frame.gutter + place * width;
    brush.fillStyle = palette.line;
    brush.fillRect(x, 0, 1, height);
    brush.fillStyle = palette.faint;
    if (x + 30 < frame.width) brush.fillText(toSpan(sinceStartMs), x + 4, frame.top / 2);
  }
  for (const gap of axis.gaps) {
    const start = frame.gutter + placeIn(window, axis.toUnit(gap.from)) * width;
    const end = frame.gutter + placeIn(window, axis.toUnit(gap.to)) * width;
    if (end < frame.gutter || start > frame.width) continue;
    brush.globalAlpha = 0.5;
    brush.fillStyle = palette.line;
    brush.fillRect(
      Math.max(frame.gutter, start),
      0,
      Math.max(2, end - Math.max(frame.gutter, start)),
      height,
    );
    brush.globalAlpha = 1;
  }
}
