import { catalogue } from "./catalogue.ts";
import type { Row } from "./rows.ts";
import { toShort } from "./tables.ts";
import type { Workload } from "./workloads.ts";

interface Bar {
  readonly label: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly isOurs: boolean;
}

const width = 820;
const left = 330; // for the names
const right = 90; // for the numbers
const rowHeight = 24;
const top = 46;

/** The main figure of a workload as bars on a logarithmic scale, an engine each; null = there is nothing to draw. */
export function toPlot(rows: readonly Row[], workload: Workload): string | null {
  const [main] = workload.figures;
  if (main === undefined) return null;
  const bars = catalogue.flatMap(({ name, title }): readonly Bar[] => {
    const row = rows.find(
      (row) => row.engine === name && row.workload === workload.name && row.figure === main.name,
    );
    if (row === undefined || row.min === null || row.median === null || row.max === null) return [];
    if (row.min <= 0) return []; // has no place on such a scale
    const { min, median, max } = row;
    return [{ label: title, min, median, max, isOurs: name.startsWith("millrace") }];
  });
  if (bars.length === 0) return null;
  const unit = main.unit === "" ? "" : `, ${main.unit}`;
  return draw(`${workload.name}: ${main.name}${unit} (${main.isBetter} is better, logarithmic)`, bars);
}

function draw(title: string, bars: readonly Bar[]): string {
  const scale = scaleOf(bars);
  const height = top + bars.length * rowHeight + 14;
  const ticks = scale.ticks.map((value) => {
    const x = scale.at(value).toFixed(1);
    return (
      `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${height - 12}" stroke="#c8ccd4"/>` +
      `<text x="${x}" y="${top - 10}" text-anchor="middle" fill="#667085">${toShort(value)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="18" font-size="14" font-weight="600" fill="#101828">${escaped(title)}</text>`,
    ...ticks,
    ...bars.map((bar, index) => drawBar(bar, top + index * rowHeight, scale)),
    "</svg>\n",
  ].join("\n");
}

function drawBar({ label, min, median, max, isOurs }: Bar, y: number, { at }: Scale): string {
  const [from, to] = [at(min).toFixed(1), at(max).toFixed(1)];
  const middle = y + rowHeight / 2;
  return (
    `<text x="${left - 8}" y="${middle + 4}" text-anchor="end" fill="#101828">${escaped(label)}</text>` +
    `<rect x="${left}" y="${y + 4}" width="${Math.max(1, at(median) - left).toFixed(1)}" height="${rowHeight - 8}" ` +
    `fill="${isOurs ? "#2563eb" : "#98a2b3"}"/>` +
    `<line x1="${from}" y1="${middle}" x2="${to}" y2="${middle}" stroke="#101828" stroke-width="2"/>` +
    `<text x="${(Math.max(at(max), at(median)) + 6).toFixed(1)}" y="${middle + 4}" fill="#101828">${toShort(median)}</text>`
  );
}

interface Scale {
  readonly at: (value: number) => number; // x
  readonly ticks: readonly number[]; // powers of ten
}

function scaleOf(bars: readonly Bar[]): Scale {
  const low = Math.floor(Math.log10(Math.min(...bars.map(({ min }) => min))) - 0.001);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...bars.map(({ max }) => max)))));
  const at = (value: number): number =>
    left + ((Math.log10(value) - low) / (high - low)) * (width - left - right);
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) };
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
