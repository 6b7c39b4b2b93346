import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as table from "@grafana/grafana-foundation-sdk/table";
import { dress, type Frame, toTargets, type Unit } from "./panels.ts";

interface Column {
  readonly title: string;
  readonly expr: string; // one value for each row
  readonly unit: Unit;
  readonly redFrom?: number;
}

interface TableFrame extends Frame {
  readonly rows: readonly string[]; // labels that tell rows apart
  readonly columns: readonly [Column, ...Column[]];
  readonly sortBy: string; // title of a column; greatest first
  readonly link?: { readonly title: string; readonly url: string; readonly on: string };
}

/** One row for each set of labels, one column for each query, as things are now. */
export function grid(frame: TableFrame): Builder<dashboard.Panel> {
  const { columns, rows, link } = frame;
  const queries = columns.map(({ expr, title }) => ({ expr, legend: title }));
  const panel = dress(new table.PanelBuilder(), frame)
    .targets(toTargets(queries, (query) => query.instant().format(PromQueryFormat.Table)))
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: organized(rows, columns) })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(frame.sortBy).desc(true)]);
  for (const column of columns) panel.overrideByName(column.title, lookOf(column));
  if (link !== undefined)
    panel.overrideByName(link.on, [{ id: "links", value: [{ title: link.title, url: link.url }] }]);
  return panel;
}

function organized(rows: readonly string[], columns: readonly Column[]): object {
  const names = columns.map((_, index) => `Value #${String.fromCharCode(65 + index)}`);
  return {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries([...rows, ...names].map((name, index) => [name, index])),
    renameByName: Object.fromEntries(columns.map(({ title }, index) => [names[index], title])),
  };
}

function lookOf({ unit, redFrom }: Column): dashboard.DynamicConfigValue[] {
  const look: dashboard.DynamicConfigValue[] = [{ id: "unit", value: unit }];
  if (unit === "short") look.push({ id: "decimals", value: 0 });
  if (redFrom !== undefined) {
    const steps = [
      { value: null, color: "text" },
      { value: redFrom, color: "red" },
    ];
    look.push({ id: "thresholds", value: { mode: "absolute", steps } });
    look.push({ id: "custom.cellOptions", value: { type: "color-text" } });
  }
  return look;
}
