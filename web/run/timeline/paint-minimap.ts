import type { Brush } from "./brush.ts";
import type { Density } from "./density.ts";
import type { Palette } from "./palette.ts";
import type { AxisWindow } from "./window.ts";

interface Minimap {
  readonly density: Density; // of every call, over the whole axis
  readonly window: AxisWindow;
  readonly width: number; // px
  readonly height: number; // px
}

const tick = 6; // px: the mark of a failure, at the top

/** The whole run in a strip: how much was going on, red where something failed, and a frame around what is shown below. */
export function paintMinimap(
  brush: Brush,
  { density, window, width, height }: Minimap,
  palette: Palette,
): void {
  brush.clearRect(0, 0, width, height);
  const { columns } = density;
  const step = width / columns;
  const busyAt = (column: number): number => (density.working[column] ?? 0) + (density.failed[column] ?? 0);
  const peak = Array.from({ length: columns }, (_, column) => busyAt(column)).reduce(
    (a, b) => Math.max(a, b),
    1,
  );
  for (let column = 0; column < columns; column += 1) {
    const high = Math.max(1.5, (busyAt(column) / peak) * (height - tick - 1));
    if (busyAt(column) === 0) continue;
    brush.fillStyle = palette.marks.completed;
    brush.fillRect(column * step, height - high, Math.max(1, step), high);
    if ((density.failed[column] ?? 0) === 0) continue;
    brush.fillStyle = palette.marks.failed;
    brush.fillRect(column * step, 0, Math.max(1.5, step), tick);
  }
  const [start, end] = [window.start * width, window.end * width];
  brush.globalAlpha = 0.6;
  brush.fillStyle = palette.surface;
  brush.fillRect(0, 0, start, height);
  brush.fillRect(end, 0, width - end, height);
  brush.globalAlpha = 1;
  brush.strokeStyle = palette.accent;
  brush.lineWidth = 1.5;
  brush.strokeRect(start + 0.75, 0.75, Math.max(2, end - start - 1.5), height - 1.5);
}
