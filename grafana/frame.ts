import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource } from "./panels.ts";

interface Row {
  readonly title: string;
  readonly panels: readonly Builder<dashboard.Panel>[];
}

interface Board {
  readonly uid: string; // fixed: links and bookmarks hold it
  readonly title: string;
  readonly about: string;
  readonly hasFlows: boolean; // people choose flows
  readonly rows: readonly Row[];
}

const builds = (when: string): string => `max by (version, component) (millrace_build_info${when})`;

/** A dashboard as Grafana reads it: the rows in a frame that all of ours share. */
export function frame({ uid, title, about, hasFlows, rows }: Board): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(["millrace"])
    .refresh("10s")
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .link(otherDashboards())
    .annotation(deploys())
    .withVariable(
      new dashboard.DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"),
    )
    .withVariable(choice("namespace", "Namespace", "label_values(millrace_feed_entries, namespace)"));
  if (hasFlows) {
    const query = 'label_values(millrace_runs_started_total{namespace=~"$namespace"}, flow)';
    builder.withVariable(choice("flow", "Flow", query));
  }
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/** Numbers the panels, which the builder leaves to us, and leaves links and marks where everybody sees them. */
function finished(built: dashboard.Dashboard): dashboard.Dashboard {
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  for (const shown of [...(built.links ?? []), ...(built.annotations.list ?? [])]) delete shown.placement;
  return built;
}

function choice(name: string, label: string, query: string): Builder<dashboard.VariableModel> {
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .definition(query)
    .datasource(datasource)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}

function otherDashboards(): Builder<dashboard.DashboardLink> {
  return new dashboard.DashboardLinkBuilder("Millrace")
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(["millrace"])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true);
}

/** Marks when a version appeared that was not there two minutes before; the value of the metric itself never changes. */
function deploys(): Builder<dashboard.AnnotationQuery> {
  return new dashboard.AnnotationQueryBuilder()
    .name("Deploys")
    .datasource(datasource)
    .enable(true)
    .hide(false)
    .iconColor("blue")
    .expr(`${builds("")} unless ${builds(" offset 2m")}`)
    .step("30s")
    .titleFormat("{{component}} {{version}}")
    .textFormat("first seen");
}
