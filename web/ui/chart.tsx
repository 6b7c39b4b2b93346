import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { toClock, toDay } from "../format/instants.ts";
import { colorOf, type Mark } from "../format/states.ts";

export interface ChartSeries {
  readonly label: string;
  readonly color: Mark | "accent" | "soft";
  readonly values: readonly (number | null)[];
  readonly isBar?: boolean; // stacked on the bars before it
}

interface ChartProps {
  readonly label: string; // what it shows, for those who do not see it
  readonly times: readonly number[]; // epoch ms, one for each value
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly heightPx?: number;
  readonly onBrush?: (fromMs: number, toMs: number) => void; // somebody has dragged over a span
}

/** Lines, or bars on each other, over time. Whoever shows one also shows its numbers in words. */
export function Chart({ label, times, series, format, heightPx = 150, onBrush }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let plot: uPlot | null = null;
    const draw = (): void => {
      plot?.destroy();
      plot = new uPlot(
        optionsOf({ width: element.clientWidth, count: times.length, series, format, heightPx, onBrush }),
        dataOf(times, series),
        element,
      );
    };
    draw();
    const size = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: heightPx }));
    size.observe(element);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true });
    return () => {
      size.disconnect();
      theme.disconnect();
      plot?.destroy();
    };
  }, [times, series, format, heightPx, onBrush]);
  return <div ref={place} role="img" aria-label={label} style={{ minHeight: heightPx }} className="w-full" />;
}

/** Bars stand on those before them: the last one is drawn first, as high as all together. */
function dataOf(times: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  const sums = times.map(() => 0);
  const columns = series.map(({ values, isBar }) =>
    times.map((_, index) => {
      const value = values[index] ?? null;
      if (isBar !== true) return value;
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return sums[index];
    }),
  );
  return [times.map((at) => at / 1_000), ...columns.toReversed()];
}

interface Looks {
  readonly width: number;
  readonly count: number; // of times
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly heightPx: number;
  readonly onBrush: ChartProps["onBrush"];
}

function optionsOf({ width, count, series, format, heightPx, onBrush }: Looks): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const read = (variable: string): string => style.getPropertyValue(variable);
  const axis = {
    stroke: read("--ink-faint"),
    grid: { stroke: read("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { drag: { x: onBrush !== undefined, y: false, setScale: false }, points: { show: false } },
    padding: [8, 12, 0, 0],
    scales: {
      x: { range: (_plot, least, most) => padded(least, most, count) },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.08)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, values: (_plot, seconds) => seconds.map(clockOf(seconds)) },
      { ...axis, size: 62, values: (_plot, values) => values.map(format) },
    ],
    series: [{}, ...series.map((one) => lookOf(one, read)).toReversed()],
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < 3) return;
          const from = plot.posToVal(plot.select.left, "x");
          const to = plot.posToVal(plot.select.left + plot.select.width, "x");
          onBrush?.(from * 1_000, to * 1_000);
        },
      ],
    },
  };
}

/** Half a bar at each end. */
function padded(least: number, most: number, count: number): [number, number] {
  const half = count < 2 ? 1 : (most - least) / (count - 1) / 2;
  return [least - half, most + half];
}

const twoDays = 2 * 86_400; // seconds

function clockOf(seconds: readonly number[]): (at: number) => string {
  const isLong = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0) > twoDays;
  return (at) => (isLong ? toDay(at * 1_000).slice(5) : toClock(at * 1_000).slice(0, 5));
}

/** Values with nothing at either side. */
const lonely: uPlot.Series.Points.Filter = (plot, series, _show, _gaps) => {
  const values = plot.data[series] ?? [];
  const isThere = (index: number): boolean => (values[index] ?? null) !== null;
  return [...values.keys()].filter((index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1));
};

function lookOf(
  { label, color, isBar = false }: ChartSeries,
  read: (variable: string) => string,
): uPlot.Series {
  const name =
    color === "accent" ? "--accent" : color === "soft" ? "--line-strong" : colorOf(color).slice(4, -1);
  const paint = read(name);
  // A value without neighbours has no line: it is a point.
  if (!isBar) return { label, stroke: paint, width: 1.5, points: { size: 5, fill: paint, filter: lonely } };
  const bars = uPlot.paths.bars?.({ size: [0.85, 40] });
  return {
    label,
    fill: paint,
    stroke: paint,
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  };
}
