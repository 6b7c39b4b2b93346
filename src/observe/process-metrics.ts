import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { isEngineError } from "../base/errors.ts";
import { type Metric, type MetricName, metricCatalog } from "./metric-catalog.ts";
import { closedValues } from "./metric-family.ts";

/** Places for work, and how many of them are taken. */
export interface Slots {
  readonly used: number;
  readonly total: number;
}

export interface ProcessMetricsOptions {
  readonly version: string;
  readonly component: "worker" | "exporter" | "server";
  readonly slots: (() => { readonly runs: Slots; readonly tasks: Slots }) | null; // null = it takes no work
}

/** What became of an event that was given to projections. */
export type FoldResult = "applied" | "known" | "set_aside";

/** Counts what one process does; begins at 0 with it. */
export interface ProcessMetrics {
  readonly registry: Registry;
  appended(durationMs: number, conflicts: number): void; // one call of the commit script
  replayed(flow: string, durationMs: number): void;
  folded(result: FoldResult, events: number): void;
  stored(durationMs: number): void; // a step of a projector
  redisFailed(error: unknown): void;
}

/** Makes the metrics of this process in a registry of their own, with those of Node. */
export function createProcessMetrics(options: ProcessMetricsOptions): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const append = new Histogram(histogramOf("millrace_event_append_duration_seconds", registry));
  const conflicts = new Counter(configOf("millrace_event_append_conflicts_total", registry));
  const replay = new Histogram(histogramOf("millrace_replay_duration_seconds", registry));
  const events = new Counter(configOf("millrace_projection_events_total", registry));
  const store = new Histogram(histogramOf("millrace_projection_store_duration_seconds", registry));
  const errors = new Counter(configOf("millrace_redis_errors_total", registry));
  for (const result of closedValues("millrace_projection_events_total", "result")) events.inc({ result }, 0);
  for (const kind of closedValues("millrace_redis_errors_total", "kind")) errors.inc({ kind }, 0);
  addBuildInfo(registry, options);
  if (options.slots !== null) addSlots(registry, options.slots);
  return {
    registry,
    appended: (durationMs, refused) => {
      append.observe(durationMs / 1_000);
      if (refused > 0) conflicts.inc(refused);
    },
    replayed: (flow, durationMs) => replay.observe({ flow }, durationMs / 1_000),
    folded: (result, count) => events.inc({ result }, count),
    stored: (durationMs) => store.observe(durationMs / 1_000),
    redisFailed: (error) => errors.inc({ kind: errorKind(error) }),
  };
}

interface Config {
  readonly name: MetricName;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

function configOf(name: MetricName, registry: Registry): Config {
  const { help, labels }: Metric = metricCatalog[name];
  return { name, help, labelNames: Object.keys(labels), registers: [registry] };
}

function histogramOf(name: MetricName, registry: Registry): Config & { readonly buckets: number[] } {
  const { buckets }: Metric = metricCatalog[name];
  return { ...configOf(name, registry), buckets: [...(buckets ?? [])] };
}

function addBuildInfo(registry: Registry, { version, component }: ProcessMetricsOptions): void {
  new Gauge(configOf("millrace_build_info", registry)).set({ version, component }, 1);
}

function addSlots(registry: Registry, slots: NonNullable<ProcessMetricsOptions["slots"]>): void {
  const gauge = new Gauge({
    ...configOf("millrace_worker_slots", registry),
    collect: () => {
      for (const [kind, { used, total }] of Object.entries(slots())) {
        gauge.set({ kind, state: "used" }, used);
        gauge.set({ kind, state: "free" }, Math.max(0, total - used));
      }
    },
  });
}

function errorKind(error: unknown): string {
  if (isEngineError(error, "REDIS_UNAVAILABLE")) return "unavailable";
  if (isEngineError(error, "REDIS_READ_ONLY")) return "read_only";
  return isEngineError(error, "REDIS_OUT_OF_MEMORY") ? "out_of_memory" : "other";
}
