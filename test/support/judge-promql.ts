import { type MetricName, metricCatalog } from "../../src/observe/metric-catalog.ts";
import { readRules } from "./boards.ts";
import { readPromql, type Selector } from "./promql.ts";

interface Known {
  readonly labels: readonly string[];
  readonly values: Readonly<Record<string, readonly string[] | null>>; // closed sets; null = names of users
  readonly type: string;
  readonly isShared: boolean; // every exporter says the same
}

const rules = readRules();
const ofTarget = ["instance", "job"];

// Of Prometheus itself, and of prom-client: what panels use of them.
const foreign: Readonly<Record<string, string>> = {
  up: "gauge",
  nodejs_eventloop_lag_p99_seconds: "gauge",
  nodejs_gc_duration_seconds_sum: "counter",
  process_cpu_seconds_total: "counter",
  process_resident_memory_bytes: "gauge",
};

// It counts label sets, of which none comes back: its level is what one wants to see.
const levels = new Set(["millrace_metrics_overflow_total"]);

/** The name in the catalogue of what a selector names; null = it is not one of ours. */
export function catalogName(metric: string): MetricName | null {
  const base = metric.replace(/_(bucket|sum|count)$/, "");
  const names = Object.keys(metricCatalog) as MetricName[];
  const found = names.find((name) => name === metric || name === base) ?? null;
  if (found === null || found === metric) return found === null ? null : plain(found);
  return metricCatalog[found].type === "histogram" ? found : null;
}

/** A histogram has no series of its own name. */
const plain = (name: MetricName): MetricName | null =>
  metricCatalog[name].type === "histogram" ? null : name;

function recorded(metric: string): Known | null {
  const rule = rules.find(({ record }) => record === metric);
  if (rule === undefined) return null;
  const groupings = readPromql(rule.expr).groupings.flatMap(({ labels }) => labels);
  const labels = [...groupings, ...Object.keys(rule.labels ?? {})];
  return { labels, values: {}, type: "gauge", isShared: false };
}

function known(metric: string): Known | null {
  const name = catalogName(metric);
  if (name !== null) {
    const { labels, type, where } = metricCatalog[name];
    const isCounter = type !== "gauge" && !levels.has(metric);
    const le = metric.endsWith("_bucket") ? ["le"] : [];
    return {
      labels: [...Object.keys(labels), ...ofTarget, ...le],
      values: labels,
      type: isCounter ? "counter" : "gauge",
      isShared: where !== "process",
    };
  }
  const type = foreign[metric];
  return type === undefined ? recorded(metric) : { labels: ofTarget, values: {}, type, isShared: false };
}

/** What is wrong with an expression: it does not parse, or asks for what there is not, or counts twice. */
export function judgePromql(expr: string): readonly string[] {
  const { errors, selectors, groupings } = readPromql(expr);
  const found = [...errors, ...selectors.flatMap(judgeSelector)];
  for (const { labels, metrics } of groupings) {
    const there = new Set(metrics.flatMap((metric) => known(metric)?.labels ?? []));
    for (const label of labels)
      if (!there.has(label)) found.push(`no metric of ${metrics.join(", ")} has ${label}`);
  }
  return found;
}

function judgeSelector({ metric, matchers, functions }: Selector): string[] {
  const about = known(metric);
  if (about === null) return [`there is no metric ${metric}`];
  const found = matchers.flatMap(({ label, op, value }) => {
    if (!about.labels.includes(label)) return [`${metric} has no label ${label}`];
    const values = about.values[label] ?? null;
    if (values === null || value.startsWith("$")) return [];
    const wanted = op.endsWith("~") ? value.split("|") : [value];
    return wanted.filter((one) => !values.includes(one)).map((one) => `${metric}{${label}} is never ${one}`);
  });
  const isRate = functions.some((name) => name === "rate" || name === "increase");
  if (about.type === "counter" && !isRate) found.push(`${metric} is a counter: take rate or increase`);
  if (about.type === "gauge" && isRate) found.push(`${metric} is no counter: rate means nothing`);
  const isOnce = functions.some((name) => name === "max" || name === "absent");
  if (about.isShared && !isOnce) found.push(`${metric} is on every exporter: take max by before a sum`);
  return found;
}
