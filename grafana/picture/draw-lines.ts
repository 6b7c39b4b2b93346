import type { Curve, Span } from "./ask-prometheus.ts";
import type { Shown } from "./shown.ts";
import { type Box, colorOf, fit, ink, rect, round, text } from "./svg.ts";
import { format, ticks } from "./units.ts";

interface Scale {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

/** Curves, or stacked areas, with axes and a legend below. */
export function drawLines(panel: Shown, curves: readonly Curve[], box: Box, span: Span): string {
  const rows = Math.min(2, legendRows(curves, box.w));
  const plot = { x: box.x + 58, y: box.y + 6, w: box.w - 70, h: box.h - 34 - rows * 15 };
  const drawn = panel.isStacked ? stack(curves) : curves.map((curve) => ({ curve, base: null }));
  const top = Math.max(
    ...drawn.flatMap(({ curve }) => curve.points.map(([, value]) => value).filter(Number.isFinite)),
    0,
  );
  const max = Math.max(panel.max === null ? 0 : Math.min(panel.max, top * 1.5), top) * 1.05 || 1;
  const scale = {
    x: (at: number) => plot.x + ((at - span.from) / (span.to - span.from)) * plot.w,
    y: (value: number) => plot.y + plot.h - (value / max) * plot.h,
  };
  const parts = [axes(panel, plot, max, { scale, span })];
  for (const [index, layer] of drawn.entries()) {
    const color = colorOf(panel.colors[layer.curve.legend], index);
    parts.push(area(layer, scale, color));
    const line = path(layer.curve.points, scale);
    if (!panel.isStacked) parts.push(`<path d="${line}" fill="none" stroke="${color}" stroke-width="1.4"/>`);
  }
  for (const [value, color] of panel.limits)
    if (value <= max) {
      const y = round(scale.y(value));
      parts.push(
        `<line x1="${plot.x}" x2="${plot.x + plot.w}" y1="${y}" y2="${y}" stroke="${colorOf(color, 0)}" stroke-dasharray="6 4" opacity="0.8"/>`,
      );
    }
  parts.push(legend(panel, curves, { ...box, y: plot.y + plot.h + 26, h: rows * 15 }));
  return parts.join("\n");
}

/** A curve, and what it stands on at each time; null = on the ground. */
interface Layer {
  readonly curve: Curve;
  readonly base: ReadonlyMap<number, number> | null;
}

/** Each curve on top of those before it; a missing value counts as 0. */
function stack(curves: readonly Curve[]): Layer[] {
  const sums = new Map<number, number>();
  return curves.map((curve) => {
    const base = new Map(sums);
    const points = curve.points.map(([at, value]) => {
      const sum = (sums.get(at) ?? 0) + (Number.isFinite(value) ? value : 0);
      sums.set(at, sum);
      return [at, sum] as const;
    });
    return { curve: { ...curve, points }, base };
  });
}

function axes(panel: Shown, plot: Box, max: number, { scale, span }: { scale: Scale; span: Span }): string {
  const parts: string[] = [];
  for (const value of ticks(max, Math.max(2, Math.round(plot.h / 32)), panel.unit)) {
    const y = scale.y(value);
    parts.push(rect({ x: plot.x, y, w: plot.w, h: 1 }, ink.grid));
    parts.push(text(plot.x - 6, y + 4, format(value, panel.unit), { size: 10, anchor: "end" }));
  }
  const count = Math.max(2, Math.min(6, Math.floor(plot.w / 90)));
  for (let index = 0; index <= count; index += 1) {
    const at = span.from + ((span.to - span.from) * index) / count;
    const anchor = index === 0 ? "start" : index === count ? "end" : "middle";
    parts.push(text(scale.x(at), plot.y + plot.h + 14, clock(at), { size: 10, anchor }));
  }
  return parts.join("\n");
}

const clock = (at: number): string => new Date(at * 1_000).toISOString().slice(11, 19);

/** A gap of more than a few steps ends a stretch. */
function path(points: Curve["points"], scale: Scale): string {
  let isDown = false;
  return points
    .map(([at, value]) => {
      if (!Number.isFinite(value)) {
        isDown = false;
        return "";
      }
      const move = isDown ? "L" : "M";
      isDown = true;
      return `${move}${round(scale.x(at))},${round(scale.y(value))}`;
    })
    .join("");
}

function area({ curve, base }: Layer, scale: Scale, color: string): string {
  const points = curve.points.filter(([, value]) => Number.isFinite(value));
  if (points.length < 2) return "";
  const floor = points
    .toReversed()
    .map(([at]) => `L${round(scale.x(at))},${round(scale.y(base?.get(at) ?? 0))}`);
  const opacity = base === null ? 0.08 : 0.7;
  return `<path d="${path(points, scale)}${floor.join("")}Z" fill="${color}" opacity="${opacity}"/>`;
}

const legendWidth = (words: string): number => Math.min(220, words.length * 6.2 + 30);

function legendRows(curves: readonly Curve[], width: number): number {
  const total = curves.reduce((sum, curve) => sum + legendWidth(curve.legend), 0);
  return Math.max(1, Math.ceil(total / (width - 24)));
}

function legend(panel: Shown, curves: readonly Curve[], box: Box): string {
  const parts: string[] = [];
  let [x, y] = [box.x + 12, box.y + 6];
  for (const [index, curve] of curves.entries()) {
    const width = legendWidth(curve.legend);
    if (x + width > box.x + box.w && x > box.x + 12) [x, y] = [box.x + 12, y + 15];
    if (y > box.y + box.h) break; // as in Grafana, where one scrolls
    parts.push(rect({ x, y: y - 4, w: 12, h: 3 }, colorOf(panel.colors[curve.legend], index)));
    parts.push(text(x + 17, y + 1, fit(curve.legend, width - 20, 10.5), { size: 10.5, fill: ink.text }));
    x += width;
  }
  return parts.join("\n");
}
