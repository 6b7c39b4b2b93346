import type { Curve, Span } from "./ask-prometheus.ts";
import type { Shown } from "./shown.ts";
import { type Box, colorOf, fit, ink, rect, round, text } from "./svg.ts";
import { format } from "./units.ts";

/** One number on its colour, with how it came about behind it. */
export function drawNumber(panel: Shown, curves: readonly Curve[], box: Box, span: Span): string {
  const points = (curves[0]?.points ?? []).filter(([, value]) => Number.isFinite(value));
  const value = points.at(-1)?.[1] ?? Number.NaN;
  const limit = panel.limits.findLast(([from]) => value >= from);
  const isColored = panel.limits.length > 0;
  const [back, front] = isColored ? [colorOf(limit?.[1] ?? panel.base, 0), "#fff"] : [ink.panel, ink.text];
  const plot = { x: box.x + 1, y: box.y - 26, w: box.w - 2, h: box.h + 25 };
  const words = format(value, panel.unit);
  return [
    rect(plot, back, 'rx="2" opacity="0.75"'),
    trace(points, plot, span),
    text(box.x + 12, box.y - 8, panel.title, { size: 12.5, fill: front, bold: true }),
    text(box.x + box.w / 2, box.y + box.h * 0.55, words, {
      size: 34,
      fill: front,
      anchor: "middle",
      bold: true,
    }),
  ].join("\n");
}

/** The course of a number, in the lower third of its panel. */
function trace(points: Curve["points"], plot: Box, span: Span): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "";
  const top = Math.max(...points.map(([, value]) => value), 0) || 1;
  const floor = plot.y + plot.h;
  const x = (at: number): number => round(plot.x + ((at - span.from) / (span.to - span.from)) * plot.w);
  const line = points.map(([at, value]) => `L${x(at)},${round(floor - (value / top) * plot.h * 0.35)}`);
  return `<path d="M${x(first[0])},${floor}${line.join("")}L${x(last[0])},${floor}Z" fill="#fff" opacity="0.18"/>`;
}

/** Buckets over time; Prometheus counts what is at most `le`, so each row is a difference. */
export function drawHeatmap(panel: Shown, curves: readonly Curve[], box: Box, span: Span): string {
  const rows = curves
    .map((curve) => ({
      le: Number(curve.labels["le"]?.replace("+Inf", "Infinity")),
      points: new Map(curve.points),
    }))
    .toSorted((one, other) => one.le - other.le);
  const times = [...new Set(curves.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
    (a, b) => a - b,
  );
  const plot = { x: box.x + 58, y: box.y + 6, w: box.w - 70, h: box.h - 30 };
  const [width, height] = [plot.w / Math.max(1, times.length), plot.h / Math.max(1, rows.length)];
  const count = (row: number, at: number): number =>
    Math.max(0, (rows[row]?.points.get(at) ?? 0) - (row === 0 ? 0 : (rows[row - 1]?.points.get(at) ?? 0)));
  const most = Math.max(...rows.flatMap((_, row) => times.map((at) => count(row, at))), 1e-9);
  const parts: string[] = [];
  for (const [row, { le }] of rows.entries()) {
    const y = plot.y + plot.h - (row + 1) * height;
    const name = Number.isFinite(le) ? format(le, panel.unit) : "more";
    if (height >= 10 || row % 2 === 0)
      parts.push(text(plot.x - 6, y + height / 2 + 4, name, { size: 9.5, anchor: "end" }));
    for (const [column, at] of times.entries()) {
      const share = Math.sqrt(count(row, at) / most);
      if (share > 0.01)
        parts.push(
          rect(
            { x: plot.x + column * width, y, w: width, h: height - 1 },
            "#5794f2",
            `opacity="${round(0.15 + share * 0.85)}"`,
          ),
        );
    }
  }
  const clock = (at: number): string => new Date(at * 1_000).toISOString().slice(11, 19);
  parts.push(text(plot.x, plot.y + plot.h + 14, clock(span.from), { size: 10 }));
  parts.push(text(plot.x + plot.w, plot.y + plot.h + 14, clock(span.to), { size: 10, anchor: "end" }));
  return parts.join("\n");
}

/** One row for each set of labels; `columns` holds the answers in the order of the queries. */
export function drawTable(panel: Shown, columns: readonly (readonly Curve[])[], box: Box): string {
  const names = [...new Set(columns.flat().flatMap(({ labels }) => Object.keys(labels)))];
  const keyOf = (curve: Curve): string => names.map((name) => curve.labels[name] ?? "").join("\u0000");
  const keys = [...new Set(columns.flat().map(keyOf))];
  const cell = (column: number, key: string): number =>
    columns[column]?.find((curve) => keyOf(curve) === key)?.points[0]?.[1] ?? Number.NaN;
  const sorted = panel.columns.findIndex(({ title }) => title === panel.sortBy);
  const rows = keys.toSorted((one, other) => (cell(sorted, other) || 0) - (cell(sorted, one) || 0));
  const width = (box.w - 24) / (names.length + panel.columns.length);
  const at = (column: number): number => box.x + 12 + column * width;
  const parts = [...names, ...panel.columns.map(({ title }) => title)].map((title, column) =>
    text(at(column), box.y + 12, title, { fill: "#8ab8ff", bold: true }),
  );
  for (const [index, key] of rows.slice(0, Math.floor((box.h - 20) / 20)).entries()) {
    const y = box.y + 34 + index * 20;
    parts.push(rect({ x: box.x + 8, y: y - 15, w: box.w - 16, h: 1 }, ink.grid));
    for (const [column, words] of key.split("\u0000").entries())
      parts.push(text(at(column), y, fit(words, width), { fill: ink.text }));
    for (const [column, { unit, redFrom }] of panel.columns.entries()) {
      const value = cell(column, key);
      const fill = redFrom !== null && value >= redFrom ? colorOf("red", 0) : ink.text;
      const words = unit === "short" ? format(Math.round(value), unit) : format(value, unit);
      parts.push(text(at(names.length + column), y, words, { fill }));
    }
  }
  return parts.join("\n");
}
