import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { askPrometheus, type Curve, type Span } from "./ask-prometheus.ts";
import { drawLines } from "./draw-lines.ts";
import { drawHeatmap, drawNumber, drawTable } from "./draw-others.ts";
import { type Shown, toShown } from "./shown.ts";
import { type Box, fit, ink, rect, text } from "./svg.ts";

const [width, column, row, gap, head] = [1_536, 64, 38, 8, 52] as const;

/** A dashboard as SVG, with what Prometheus knows of the span. Its look is near to Grafana's, and not the same. */
export async function drawBoard(board: Dashboard, url: string, span: Span): Promise<string> {
  const panels = (board.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
  const rows = (board.panels ?? []).filter((panel) => panel.type === "row");
  const bottom = Math.max(...panels.map(({ gridPos }) => (gridPos?.y ?? 0) + (gridPos?.h ?? 0)));
  const height = head + bottom * row + gap;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter, DejaVu Sans, sans-serif">`,
    rect({ x: 0, y: 0, w: width, h: height }, ink.page),
    text(16, 32, board.title ?? "", { size: 18, fill: ink.text, bold: true }),
    ...rows.map(({ title = "", gridPos }) =>
      text(16, head + (gridPos?.y ?? 0) * row + 24, `▾ ${title}`, {
        size: 14,
        fill: ink.text,
        bold: true,
      }),
    ),
  ];
  for (const panel of panels) parts.push(await drawPanel(panel, url, span));
  return `${parts.join("\n")}\n</svg>\n`;
}

async function drawPanel(panel: Panel, url: string, span: Span): Promise<string> {
  const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 1, h: 1 };
  const outer = { x: x * column + gap / 2, y: head + y * row, w: w * column - gap, h: h * row - gap };
  const inner = { x: outer.x, y: outer.y + 28, w: outer.w, h: outer.h - 30 };
  const shown = toShown(panel);
  const answers: Curve[][] = [];
  for (const target of panel.targets ?? []) {
    const { expr, legendFormat } = Object.assign({ expr: "", legendFormat: "" }, target);
    answers.push(await askPrometheus(url, { expr, legendFormat }, span, panel.type === "table"));
  }
  return [
    rect(outer, ink.panel, `rx="2" stroke="${ink.edge}"`),
    text(outer.x + 12, outer.y + 20, fit(shown.title, outer.w - 20, 12.5), {
      size: 12.5,
      fill: ink.text,
      bold: true,
    }),
    drawContent(shown, answers, inner, span),
  ].join("\n");
}

function drawContent(shown: Shown, answers: readonly (readonly Curve[])[], box: Box, span: Span): string {
  const curves = answers.flat();
  const hasValues = curves.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  if (!hasValues)
    return text(box.x + box.w / 2, box.y + box.h / 2, shown.empty, { size: 13, anchor: "middle" });
  switch (shown.type) {
    case "stat":
      return drawNumber(shown, curves, box, span);
    case "heatmap":
      return drawHeatmap(shown, curves, box, span);
    case "table":
      return drawTable(shown, answers, box);
    default:
      return drawLines(shown, curves, box, span);
  }
}
