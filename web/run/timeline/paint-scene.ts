import { toPlainLine } from "../../format/plain-text.ts";
import { glyphs } from "../../format/states.ts";
import { type Box, type Brush, cross, fitText, hatch } from "./brush.ts";
import { isFailure } from "./call-state.ts";
import { type Palette, signs } from "./palette.ts";
import type { PlacedBar, SceneRow } from "./scene.ts";

export interface Frame {
  readonly width: number; // px
  readonly gutter: number; // px at the left, for names
  readonly top: number; // px above the first row, for the axis
  readonly rowHeight: number;
  readonly offset: number; // px from `top` to the first row; 0 or less
  readonly selected: string | null; // id of the lane
  readonly now: number | null; // where the scrubber stands, 0..1 of the screen; null = outside, or at the end
}

const pxPerCharacter = 6.6;
const barInset = 4;

/** Draws the rows that are to be seen, and nothing else. */
export function paintRows(brush: Brush, rows: readonly SceneRow[], frame: Frame, palette: Palette): void {
  brush.textBaseline = "middle";
  brush.font = "12px system-ui, sans-serif";
  for (const [index, row] of rows.entries()) {
    const y = frame.top + frame.offset + index * frame.rowHeight;
    paintRow(brush, row, { frame, palette, y });
  }
  if (frame.now === null) return;
  const x = frame.gutter + frame.now * (frame.width - frame.gutter);
  brush.fillStyle = palette.past;
  brush.fillRect(x - 0.75, 0, 1.5, frame.top + rows.length * frame.rowHeight);
}

interface Place {
  readonly frame: Frame;
  readonly palette: Palette;
  readonly y: number;
}

function paintRow(brush: Brush, row: SceneRow, place: Place): void {
  const { frame, palette, y } = place;
  if (row.lane.id === frame.selected) {
    brush.fillStyle = palette.selected;
    brush.fillRect(0, y, frame.width, frame.rowHeight);
  }
  paintName(brush, row, place);
  const plot: Box = {
    x: frame.gutter,
    y: y + barInset,
    width: frame.width - frame.gutter,
    height: frame.rowHeight - 2 * barInset,
  };
  brush.save();
  brush.beginPath();
  brush.rect(frame.gutter, y, plot.width, frame.rowHeight);
  brush.clip();
  if (row.density === null) for (const bar of row.bars) paintBar(brush, bar, plot, palette);
  else paintDensity(brush, row, plot, palette);
  brush.restore();
  brush.fillStyle = palette.line;
  brush.fillRect(0, y + frame.rowHeight - 1, frame.width, 1);
}

const stackSigns = { none: "", folded: "▸ ", expanded: "▾ " } as const;

function paintName(brush: Brush, { lane, mark }: SceneRow, { frame, palette, y }: Place): void {
  const middle = y + frame.rowHeight / 2;
  const indent = 10 + lane.depth * 14;
  brush.textAlign = "left";
  if (mark !== null) {
    brush.fillStyle = palette.marks[mark];
    brush.fillText(mark === "waiting" ? "‖" : glyphs[signs[mark]], indent, middle); // not every font has ⏸
  }
  const label = `${stackSigns[lane.stack]}${toPlainLine(lane.label)}`;
  brush.fillStyle = mark === null ? palette.faint : palette.ink;
  brush.fillText(fitText(label, frame.gutter - indent - 26, pxPerCharacter), indent + 18, middle);
}

function paintBar(brush: Brush, bar: PlacedBar, plot: Box, palette: Palette): void {
  const start = plot.x + Math.max(-0.01, bar.start) * plot.width;
  const end = plot.x + Math.min(1.01, bar.end) * plot.width;
  const box = { x: start, y: plot.y, width: Math.max(2, end - start), height: plot.height };
  const color = palette.marks[bar.mark];
  if (bar.kind === "attempt") {
    brush.fillStyle = color;
    brush.fillRect(box.x, box.y, box.width, box.height);
    if (bar.isOpen)
      hatch(brush, box, palette.surface); // it is not finished
    else if (isFailure(bar.mark)) markFailure(brush, box, palette);
    return;
  }
  hatch(brush, box, color);
  brush.strokeStyle = color;
  brush.lineWidth = 1;
  brush.strokeRect(box.x + 0.5, box.y + 0.5, Math.max(1, box.width - 1), box.height - 1);
}

/** Inside of the bar where it has room, else behind it. */
function markFailure(brush: Brush, box: Box, palette: Palette): void {
  const size = Math.min(7, box.height - 4);
  const isInside = box.width >= size + 6;
  const x = isInside ? box.x + box.width - size - 3 : box.x + box.width + 3;
  const spot = { x, y: box.y + (box.height - size) / 2, width: size, height: size };
  cross(brush, spot, isInside ? palette.surface : palette.marks.failed);
}

/** Columns as high as many calls were at work; those that waited are pale and below, those that failed on top. */
function paintDensity(brush: Brush, { density, note }: SceneRow, plot: Box, palette: Palette): void {
  if (density === null || density.peak === 0) return;
  const { columns } = density;
  const width = plot.width / columns;
  const layers = [
    { counts: density.queued, color: palette.marks.pending, alpha: 0.35 },
    { counts: density.working, color: palette.marks.completed, alpha: 0.9 },
    { counts: density.failed, color: palette.marks.failed, alpha: 1 },
  ];
  for (let column = 0; column < columns; column += 1) {
    let bottom = plot.y + plot.height;
    for (const { counts, color, alpha } of layers) {
      const count = counts[column] ?? 0;
      if (count === 0) continue;
      const height = Math.max(1, (count / density.peak) * plot.height);
      bottom -= height;
      brush.globalAlpha = alpha;
      brush.fillStyle = color;
      brush.fillRect(plot.x + column * width, Math.max(plot.y, bottom), Math.max(1, width - 0.5), height);
    }
  }
  brush.globalAlpha = 1;
  paintNote(brush, note, plot, palette);
}

function paintNote(brush: Brush, note: string, plot: Box, palette: Palette): void {
  const text = fitText(note, plot.width * 0.6, pxPerCharacter);
  const width = text.length * pxPerCharacter + 8;
  brush.globalAlpha = 0.88;
  brush.fillStyle = palette.surface;
  brush.fillRect(plot.x + plot.width - width - 4, plot.y, width, plot.height);
  brush.globalAlpha = 1;
  brush.fillStyle = palette.soft;
  brush.textAlign = "right";
  brush.fillText(text, plot.x + plot.width - 8, plot.y + plot.height / 2);
}
