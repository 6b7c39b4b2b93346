import { describe, expect, test } from "vitest";
import { metricCatalog } from "../../../src/observe/metric-catalog.ts";
import { otherExpressions, panelExpressions } from "../../support/boards.ts";
import { catalogName, judgePromql } from "../../support/judge-promql.ts";
import { readPromql } from "../../support/promql.ts";

const panels = panelExpressions();
const others = otherExpressions();

describe("what dashboards and rules ask of Prometheus", () => {
  test("parses, and names only metrics, labels and values that there are", () => {
    const wrong = [...panels, ...others].flatMap(({ where, expr }) =>
      judgePromql(expr).map((fault) => `${where}: ${fault}`),
    );

    expect(wrong).toEqual([]);
    expect(panels.length).toBeGreaterThan(60);
    expect(others.length).toBeGreaterThan(25);
  });

  test("shows every metric of the catalogue on some panel", () => {
    const shown = new Set(
      panels.flatMap(({ expr }) => readPromql(expr).selectors.map(({ metric }) => catalogName(metric))),
    );
    const viaRules = new Set<string>(["millrace_worker_slots"]);

    const missing = Object.keys(metricCatalog).filter(
      (name) => !shown.has(name as never) && !viaRules.has(name),
    );

    expect(missing).toEqual([]);
  });

  test("has ranges that fit the scrape interval on panels, and fixed ones in rules", () => {
    const wrong = panels.filter(({ expr }) => /\[(?!\$__rate_interval|1h|5m)/.test(expr));
    const inRules = others.filter(({ expr }) => expr.includes("$"));

    expect(wrong).toEqual([]);
    expect(inRules).toEqual([]);
  });
});

describe("the judge of expressions", () => {
  test.each([
    ["an unknown metric", "sum(rate(millrace_walks_total[5m]))", "there is no metric millrace_walks_total"],
    [
      "an unknown label",
      'max(increase(millrace_runs_started_total{worker="a"}[5m]))',
      "millrace_runs_started_total has no label worker",
    ],
    [
      "an unknown value",
      'max(rate(millrace_runs_finished_total{state=~"failed|lost"}[5m]))',
      "millrace_runs_finished_total{state} is never lost",
    ],
    [
      "a label to keep that is not there",
      "max by (queue) (millrace_workers_alive)",
      "no metric of millrace_workers_alive has queue",
    ],
    [
      "a label to join by that is not there",
      "up * on (pod) group_left () max by (instance) (millrace_build_info)",
      "no metric of up, millrace_build_info has pod",
    ],
    ["an open parenthesis", "max(millrace_feed_entries", 'does not parse at ""'],
    [
      "a counter without a rate",
      "sum(max by (namespace, flow) (millrace_owners_lost_total))",
      "millrace_owners_lost_total is a counter: take rate or increase",
    ],
    [
      "a rate of a gauge",
      "max(rate(millrace_feed_entries[5m]))",
      "millrace_feed_entries is no counter: rate means nothing",
    ],
    [
      "a sum over exporters",
      "sum(millrace_workers_alive)",
      "millrace_workers_alive is on every exporter: take max by before a sum",
    ],
    [
      "a histogram without its suffix",
      "max(rate(millrace_run_duration_seconds[5m]))",
      "there is no metric millrace_run_duration_seconds",
    ],
    [
      "a suffix of what is no histogram",
      "max(rate(millrace_feed_entries_bucket[5m]))",
      "there is no metric millrace_feed_entries_bucket",
    ],
  ])("reports %s", (_what, expr, fault) => {
    expect(judgePromql(expr)).toContain(fault);
  });
});
