import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** Grafana's names of units. */
export type Unit = "none" | "short" | "s" | "bytes" | "percentunit" | "opm" | "ops";

type Color = "green" | "orange" | "red";

/** The colour of small values, then the values from which on it is another one. */
type Limits = readonly [base: Color, ...steps: (readonly [from: number, color: Color])[]];

export interface Query {
  readonly expr: string;
  readonly legend: string; // "{{label}}" is replaced
}

export interface Frame {
  readonly title: string; // unique in its dashboard
  readonly about: string; // what one sees, and what to make of it
  readonly unit: Unit;
  readonly empty: string; // shown instead of a bare "No data"
  readonly limits?: Limits;
  readonly size: readonly [width: number, height: number]; // of 24 columns; rows of 30 px
}

export const datasource = { type: "prometheus", uid: "${datasource}" };

interface LineFrame extends Frame {
  readonly queries: readonly Query[];
  readonly stacked?: boolean;
  readonly hasExemplars?: boolean;
  readonly max?: number;
  readonly colors?: Readonly<Record<string, string>>; // by legend
}

/** Curves over time. */
export function line(frame: LineFrame): Builder<dashboard.Panel> {
  const { stacked = false, hasExemplars = false } = frame;
  const panel = dress(new timeseries.PanelBuilder(), frame)
    .targets(toTargets(frame.queries, (query) => query.range().exemplar(hasExemplars)))
    .min(0)
    .lineWidth(stacked ? 0 : 1) // a line would give an area without height the last word on its colour
    .fillOpacity(stacked ? 70 : 8)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .stacking(
      new common.StackingConfigBuilder().mode(
        stacked ? common.StackingMode.Normal : common.StackingMode.None,
      ),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (frame.limits !== undefined) {
    const style = new common.GraphThresholdsStyleConfigBuilder();
    panel.thresholdsStyle(style.mode(common.GraphThresholdsStyleMode.Dashed));
  }
  if (frame.max !== undefined) panel.max(frame.max);
  for (const [legend, color] of Object.entries(frame.colors ?? {}))
    panel.overrideByName(legend, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  return panel;
}

/** One number, coloured by its limits. */
export function number(
  frame: Frame & { readonly expr: string; readonly decimals?: number },
): Builder<dashboard.Panel> {
  const panel = dress(new stat.PanelBuilder(), frame)
    .targets(toTargets([{ expr: frame.expr, legend: "" }], (query) => query.range()))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false))
    .colorMode(
      frame.limits === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Background,
    )
    .graphMode(common.BigValueGraphMode.Area)
    .textMode(common.BigValueTextMode.Value);
  return frame.decimals === undefined ? panel : panel.decimals(frame.decimals);
}

/** How a histogram changes over time: the darker, the more fell into the bucket. */
export function spread(frame: Frame & { readonly expr: string }): Builder<dashboard.Panel> {
  const { expr, unit } = frame;
  return dress(new heatmap.PanelBuilder(), frame)
    .targets(
      toTargets([{ expr, legend: "{{le}}" }], (query) => query.range().format(PromQueryFormat.Heatmap)),
    )
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme("Blues")
        .steps(64)
        .exponent(0.5)
        .fill("blue")
        .reverse(false),
    )
    .cellGap(1)
    .yAxis(new heatmap.YAxisConfigBuilder().unit(unit))
    .rowsFrame(
      new heatmap.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto).value("in this bucket"),
    )
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .tooltip(
      new heatmap.HeatmapTooltipBuilder()
        .mode(common.TooltipDisplayMode.Single)
        .yHistogram(false)
        .showColorScale(true),
    );
}

interface Dressed<Panel> {
  title(title: string): Panel;
  description(text: string): Panel;
  datasource(ref: common.DataSourceRef): Panel;
  unit(unit: string): Panel;
  noValue(text: string): Panel;
  span(columns: number): Panel;
  height(rows: number): Panel;
  thresholds(thresholds: Builder<dashboard.ThresholdsConfig>): Panel;
}

/** Puts on what every panel has. */
export function dress<Panel extends Dressed<Panel>>(panel: Panel, frame: Frame): Panel {
  const [width, height] = frame.size;
  const [base, ...steps] = frame.limits ?? ["green"];
  return panel
    .title(frame.title)
    .description(frame.about)
    .datasource(datasource)
    .unit(frame.unit)
    .noValue(frame.empty)
    .span(width)
    .height(height)
    .thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps([{ value: null, color: base }, ...steps.map(([value, color]) => ({ value, color }))]),
    );
}

/** Queries of a panel, named A, B, C …, each finished by `shape`. */
export function toTargets(
  queries: readonly Query[],
  shape: (query: DataqueryBuilder) => DataqueryBuilder,
): Builder<Dataquery>[] {
  return queries.map(({ expr, legend }, index) =>
    shape(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + index))
        .datasource(datasource)
        .expr(expr)
        .legendFormat(legend),
    ),
  );
}
